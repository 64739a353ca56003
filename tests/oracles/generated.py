"""Requests as clients write them, for signers and their oracles: 1000 a test."""

from urllib.parse import quote, quote_plus

from hypothesis import settings
from hypothesis import strategies as st

from authwright.flow.commands import Forward
from authwright.message import Request

THOUSAND = settings(max_examples=1000)

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters='"\\'), max_size=20)
TOKENS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=20)
HOSTS = st.sampled_from(["example.com", "API.example.com", "a.b-c.example", "127.0.0.1"])
PORTS = st.sampled_from(["", ":80", ":443", ":8080"])
SCHEMES = st.sampled_from(["http", "https"])
SEGMENTS = st.builds(quote, TEXTS, safe=st.sampled_from(["", "!$'()*,:@=&+;"])).filter(lambda text: not text.endswith(";"))
PATHS = st.lists(SEGMENTS, max_size=4).map(lambda parts: "/" + "/".join(parts)).filter(lambda path: not path.endswith(";"))
_WORDS = st.builds(lambda encode, text: encode(text), st.sampled_from([quote, quote_plus]), TEXTS)
PAIRS = st.lists(st.builds("=".join, st.tuples(_WORDS.filter(bool), _WORDS)), max_size=5)
"""The parts of a query or a form; names repeat because there are few short texts."""
BODIES = st.binary(max_size=200)
MEDIA_TYPES = st.sampled_from(["text/plain", "Application/JSON; charset=utf-8", "application/octet-stream"])
TIMES = st.integers(min_value=1, max_value=4_000_000_000)


@st.composite
def urls(draw):
    """An absolute URL, its host and port spelt as clients spell them."""
    query = "&".join(draw(PAIRS))
    scheme, authority = draw(SCHEMES), draw(HOSTS) + draw(PORTS)
    return f"{scheme}://{authority}{draw(PATHS)}" + (f"?{query}" if query else "")


def sent(scheme, request, ambient):
    """The request as it would leave first."""
    return next(command.request for command in scheme.authorize(request, ambient) if isinstance(command, Forward))


def request_of(method, url, headers=(), body=b""):
    """The request as a client sends it: with its Host."""
    authority = url.partition("://")[2].partition("/")[0]
    return Request.of(method, url, [("Host", authority), *headers], body)
