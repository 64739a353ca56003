"""Messages by chance: most of them well-formed, some with a byte or a line that should not be, cut at any places."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"PROPFIND", b"PURGE")
"""Of those that llhttp knows: it refuses all others."""
_TARGETS = (b"/", b"/a?b=c", b"http://h/", b"http://h:80/a/b?c", b"/%C3%BC", b"/" + b"x" * 300)
_NAMES = (
    b"X-A",
    b"x-a",
    b"Accept",
    b"Cookie",
    b"X_A",
    b"!#$%&'*+-.^_`|~",
    b"Connection",
    b"Keep-Alive",
    b"Trailer",
    b"Expect-CT",
)
_VALUES = (b"", b"1", b"a, b", b'"q"; w="e"', b"a\tb", b"\xe9\xff", b"keep-alive", b"close", b"x" * 300)
_SPACES = (b" ", b"", b"  ", b"\t", b" \t ")
_WRONG = (
    b"\0", b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b"\x0b", b"\x7f", b"-", b"+", b"0", b"x", b",", b";", b"\r\n ", b"\xff",
    b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: x\r\n", b"Content-Length: 0\r\n", b"HTTP/1.0", b"\r\n\r\n",
)  # fmt: skip


@dataclass(frozen=True)
class Generated:
    """A message and what follows it.

    Args:
        raw: its bytes, and the next message's.
        sound: whether nothing is wrong with it.
        content: its body's content, if it is sound.
        next: what follows, if it is sound.
        pieces: the same bytes, cut.
    """

    raw: bytes
    sound: bool
    content: bytes
    next: bytes
    pieces: tuple[bytes, ...]


_fields = st.lists(
    st.tuples(st.sampled_from(_NAMES), st.sampled_from(_SPACES), st.sampled_from(_VALUES), st.sampled_from(_SPACES)), max_size=5
)
_content = st.one_of(st.binary(max_size=60), st.sampled_from((b"0\r\n\r\n", b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", bytes(3000))))
_extension = st.sampled_from((b"", b"", b"", b";a", b";a=b", b';a="b c"'))
_trailers = st.sampled_from((b"", b"", b"X-T: 1\r\n", b"X-T: 1\r\nX-U:\r\n"))


@st.composite
def _framed(draw, kinds: tuple[str, ...]) -> tuple[bytes, bytes, bytes]:
    """The field that frames a body, its bytes, and its content."""
    kind = draw(st.sampled_from(kinds))
    if kind == "none":
        return b"", b"", b""
    content = draw(_content)
    if kind == "length":
        return b"Content-Length: %d\r\n" % len(content), content, content
    if kind == "close":
        return b"", content, content
    chunks, at = b"", 0
    while at < len(content):
        size = draw(st.integers(1, len(content) - at))
        number = (b"%x" if draw(st.booleans()) else b"%X") % size
        chunks += number + draw(_extension) + b"\r\n" + content[at : at + size] + b"\r\n"
        at += size
    coding = draw(st.sampled_from((b"chunked", b"Chunked")))
    return b"Transfer-Encoding: %b\r\n" % coding, chunks + b"0\r\n" + draw(_trailers) + b"\r\n", content


@st.composite
def _finished(draw, head: bytes, framed: tuple[bytes, bytes, bytes], following: bytes) -> Generated:
    frame, body, content = framed
    lines = [b"%b:%b%b%b\r\n" % field for field in draw(_fields)]
    lines.insert(draw(st.integers(0, len(lines))), frame)
    raw = head + b"".join(lines) + b"\r\n" + body + following
    sound = draw(st.booleans())
    if not sound:
        for _ in range(draw(st.integers(1, 3))):
            at, gone = draw(st.integers(0, len(raw))), draw(st.integers(0, 3))
            raw = raw[:at] + draw(st.sampled_from(_WRONG)) + raw[at + gone :]
    cuts = sorted(draw(st.sets(st.integers(1, max(len(raw) - 1, 1)), max_size=6)))
    pieces = tuple(raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True) if start < end)
    return Generated(raw, sound, content, following, pieces)


@st.composite
def requests(draw) -> Generated:
    """A request, and perhaps another behind it."""
    version = draw(st.sampled_from((b"1.1", b"1.1", b"1.1", b"1.0")))
    head = b"%b %b HTTP/%b\r\nHost: h\r\n" % (draw(st.sampled_from(METHODS)), draw(st.sampled_from(_TARGETS)), version)
    framed = draw(_framed(("none", "length", "chunked") if version == b"1.1" else ("none", "length")))
    return draw(_finished(head, framed, draw(st.sampled_from((b"", b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n")))))


@st.composite
def responses(draw) -> Generated:
    """A final response, and nothing behind it."""
    status = draw(st.sampled_from((200, 201, 204, 206, 301, 304, 401, 404, 500, 503, 599)))
    reason = draw(st.sampled_from((b" OK", b" ", b" Not So Good", b" \xc3\xbc")))
    head = b"HTTP/1.%d %d%b\r\n" % (draw(st.integers(0, 1)), status, reason)
    bodyless = status in (204, 304)
    kinds = ("none",) if bodyless else ("length", "close") if head.startswith(b"HTTP/1.0") else ("length", "chunked", "close")
    return draw(_finished(head, draw(_framed(kinds)), b""))
