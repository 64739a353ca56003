"""Shortcuts save time and nothing else: with them and without them the same bytes leave, and the same is refused."""

import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.ambients import Clock
from tests.configurations import Vending
from tests.proxy import running as proxy_setup
from tests.proxy.http1.driven import Driven

from authwright.flow.token import Token
from authwright.message import Headers
from authwright.origin import Origin
from authwright.proxy import guard
from authwright.rules import policy
from authwright.rules.match import Match
from authwright.rules.reads import Reads
from authwright.rules.rule import Options, Rule
from authwright.rules.ruleset import RuleSet
from authwright.schemes.api_key import ApiKey
from authwright.schemes.aws_sigv4 import AwsSigV4
from authwright.schemes.basic import Basic
from authwright.schemes.bearer import Bearer
from authwright.schemes.oauth2 import OAuth2
from authwright.secret import Secret

HOST = "api.example.com"
TOKEN = Token(Secret("t0k3n"))
STANDING = {
    "bearer": Bearer(token=Secret("s3cr3t")),
    "basic": Basic(username="u", password=Secret("p")),
    "api key": ApiKey(name="X-Api-Key", value=Secret("s3cr3t")),
    "oauth2": OAuth2(grant=Vending()),
}
SIGNING = AwsSigV4(access_key_id="A", secret_access_key=Secret("s"), service="execute-api", region="eu-west-1")
JUDGED = ("origin", "referer", "sec-fetch-site", "access-control-request-method")
"""What the policy reads, written down once more: a request without any of these takes the shortcut."""
NAMES = (
    "Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Access-Control-Request-Method", "Referer", "Host", "host",
    "Authorization", "authorization", "X-Api-Key", "X_Api_Key", "Proxy-Authorization", "Cookie", "DPoP", "X-Amz-Date", "X-A",
    "Connection", "Upgrade", "TE", "Forwarded", "X-Forwarded-Host", "Content-Type",
)  # fmt: skip
VALUES = (
    f"https://{HOST}", f"http://{HOST}", "https://ok.example", "https://evil.example", "null", "cross-site", "same-site",
    "same-origin", "none", "GET", "PUT", HOST, f"{HOST}:80", f"{HOST}:443", "evil.example", "Bearer own", "", "a=b", "close",
    "Upgrade", "X-A", "Authorization", "trailers", "websocket",
)  # fmt: skip
TELLING = (
    ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example"), ("Origin", "null"),
    ("Origin", f"https://{HOST}"), ("Origin", "https://ok.example"), ("Access-Control-Request-Method", "PUT"),
    ("Authorization", "Bearer own"), ("X_Api_Key", "own"), ("DPoP", "own"), ("Connection", "Authorization, X-A"),
    ("Host", "evil.example"), ("Referer", "http://evil.example/page"), ("Referer", f"http://{HOST}/page"), ("Referer", "/page"),
)  # fmt: skip
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "get")
PATHS = ("/", "/a", "/a/b?x=1", "/a/../c", "/a/%2e%2e/c", "/c", "//a", "/a?Origin=x", "/%41", "/a#b", "/only", "/only", "/only")
AUTHORITIES = (HOST, f"{HOST}:80", f"{HOST}:8080", HOST.upper(), "evil.example", "u@" + HOST)


FIELDS = st.one_of(st.sampled_from(TELLING), st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)))
FEW = settings(max_examples=60)


@st.composite
def requests(draw, *, inside):
    """A request, mostly one that agrees with its connection."""
    fields = draw(st.lists(FIELDS, max_size=3))
    host = draw(st.sampled_from((HOST, HOST, HOST, HOST, f"{HOST}:80", "evil.example", None)))
    method, path = draw(st.sampled_from(METHODS)), draw(st.sampled_from(PATHS))
    authority = draw(st.sampled_from((HOST, HOST, HOST, *AUTHORITIES)))
    url = path if inside and draw(st.integers(0, 3)) else f"http{'s' if inside else ''}://{authority}{path}"
    body = b"body" if draw(st.integers(0, 3)) == 0 else b""
    lines = [*([("Host", host)] if host else []), *fields, *([("Content-Length", "4")] if body else [])]
    minor = draw(st.sampled_from("1110"))
    block = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"{method} {url} HTTP/1.{minor}\r\n{block}\r\n".encode() + body


def rules(scheme, options):
    """Two rules that a path and a method tell apart."""
    credential = proxy_setup.credential(scheme)
    return RuleSet(
        [
            Rule("narrow", "f:1", Match.build(host=[HOST], path=["/a/**"], port=["*"]), credential, Options(**options)),
            Rule("none", "f:2", Match.build(host=[HOST], path=["/only"], method=["PUT"], port=["*"]), None, Options()),
            Rule("wide", "f:3", Match.build(host=[HOST], port=["*"]), credential, Options(**options)),
        ]
    )


def options():
    return st.fixed_dictionaries(
        {
            "on_existing": st.sampled_from(("replace", "keep", "refuse")),
            "allow_http": st.sampled_from((True, True, False)),
            "allow_origins": st.sampled_from(((), ("https://ok.example",), ("*",))),
        }
    )


def plain(raw, places):
    """Whether no header of *raw* concerns the policy or the credential."""
    names = {line.partition(b":")[0].decode().lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]}
    return names.isdisjoint(JUDGED) and {name.replace("_", "-") for name in names}.isdisjoint(places)


def compared(raws, scheme, options, **facts):
    """Send *raws* with and without shortcuts; for each, whether something left, and how many flows ran with shortcuts."""
    made = rules(scheme, options)
    fast, slow = (Driven(made, Clock(), TOKEN, shortcuts=each, **facts) for each in (True, False))
    seen = []
    for raw in raws:
        before, flows = fast.begun, slow.begun
        outcome = fast.ask(raw)
        assert outcome == slow.ask(raw)
        assert fast.open == slow.open
        if not fast.open:
            break
        seen.append((raw, bool(outcome[0]) and slow.begun > flows, fast.begun - before))
    return seen


WARM = f"GET http://{HOST}/a HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
ONLY = WARM.replace(b"/a ", b"/only ")
WARM_INSIDE = f"GET /a HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


@pytest.mark.parametrize("name", STANDING)
@FEW
@given(raws=st.lists(requests(inside=False), min_size=1, max_size=4), options=options())
def test_a_ready_line_changes_nothing_for_a_forward_proxy(name, raws, options):
    places = {"authorization", "x-api-key", "dpop"}
    for raw, authorised, flows in compared([WARM, ONLY, *raws], STANDING[name], options):
        if authorised and plain(raw, places):
            assert flows == 0, "the shortcut was not taken"


@pytest.mark.parametrize("name", STANDING)
@FEW
@given(
    raws=st.lists(requests(inside=True), min_size=1, max_size=4),
    options=options(),
    tls=st.sampled_from((True, True, False)),
    sni=st.sampled_from((HOST, HOST, "evil.example", None)),
    port=st.sampled_from((443, 443, 8443)),
)
def test_a_ready_line_changes_nothing_inside_a_tunnel(name, raws, options, tls, sni, port):
    facts = {"inside": ("http", (HOST, port)), "tls": tls, "sni": sni}
    for raw, authorised, flows in compared([WARM_INSIDE, *raws], STANDING[name], options, **facts):
        if authorised and plain(raw, {"authorization", "x-api-key", "dpop"}):
            assert flows == 0, "the shortcut was not taken"


@FEW
@given(raws=st.lists(requests(inside=False), min_size=1, max_size=3), options=options())
def test_a_stamp_changes_nothing(raws, options):
    thrice = [raw for raw in (WARM, *raws) for _ in range(3)]
    seen = compared(thrice, SIGNING, options)
    for (raw, authorised, flows), before in zip(seen[2:], seen[1:], strict=False):
        if authorised and raw == before[0] == WARM:
            assert flows == 0, "the shortcut was not taken"


@FEW
@example(raws=[WARM.replace(b"/a ", b"/a#b ")])
@given(raws=st.lists(requests(inside=False), min_size=1, max_size=4))
def test_the_password_is_asked_of_every_request(raws):
    right = b"Proxy-Authorization: Basic YTpw\r\n"
    with_password = [WARM.replace(b"\r\n\r\n", b"\r\n" + right + b"\r\n"), *raws, WARM]
    compared(with_password, STANDING["bearer"], {"allow_http": True}, password=Secret("p"))


# -- what a check reads is what it declares


class Noting:
    """Notes which attributes of *whole* are read, and which headers."""

    def __init__(self, whole):
        self.whole, self.facts, self.names = whole, set(), set()
        noted = self.names

        class NotingHeaders(Headers):
            def get(self, name):
                noted.add(name.lower())
                return super().get(name)

            def get_all(self, name):
                noted.add(name.lower())
                return super().get_all(name)

        self.headers = NotingHeaders(whole.headers.fields) if hasattr(whole, "headers") else None

    def __getattr__(self, name):
        self.facts.add(name)
        return getattr(self.whole, name)


def heads():
    return st.builds(
        lambda method, scheme, fields: policy.Request(method, Origin(scheme, HOST, 80), "/", Headers(tuple(fields))),
        st.sampled_from(METHODS),
        st.sampled_from(("http", "https")),
        st.lists(FIELDS, max_size=4),
    )


@given(request=heads(), options=options())
def test_each_check_reads_what_it_declares(request, options):
    rule = rules(STANDING["bearer"], options).rules[0]
    checks = [*policy.CHECKS, policy.Check(policy.PREFLIGHT_READS, lambda _, seen: policy.is_preflight(seen))]
    for check in checks:
        seen = Noting(request)
        with contextlib.suppress(policy.RequestError):
            check.run(rule, seen)
        assert (seen.facts <= check.reads.facts, seen.names <= check.reads.headers) == (True, True), check


@given(
    authority=st.sampled_from((b"", HOST.encode(), b"evil.example")),
    hosts=st.lists(st.sampled_from((HOST.encode(), b"evil.example", b"")), max_size=2),
    forward=st.booleans(),
    reverse=st.booleans(),
    version=st.sampled_from(("HTTP/1.1", "HTTP/1.0")),
    sni=st.sampled_from((HOST, None, "evil.example")),
)
def test_the_guard_reads_what_it_declares(authority, hosts, forward, reverse, version, sni):
    claims = guard.Claims(
        method=b"GET", target=b"/", fields=tuple((b"Host", host) for host in hosts), http_version=version,
        authority=authority, forward=forward, reverse=reverse, scheme="http", host=HOST, port=80, tls=True, sni=sni,
    )  # fmt: skip
    for read, check in (
        (guard.AGREE_READS, guard.agree),
        (guard.AGREE_READS, lambda seen, origin: list(guard.names(seen, origin))),
        (guard.TARGET_READS | Reads.of("method", "target", "http_version", "multiplexed"), lambda seen, _: guard.target(seen)),
    ):
        seen = Noting(claims)
        with contextlib.suppress(guard.RequestError):
            check(seen, Origin("http", HOST, 80))
        assert seen.facts - {"fields"} <= read.facts


def test_a_new_header_that_the_policy_reads_closes_the_shortcut(monkeypatch):
    from authwright.proxy.http1 import fields, head

    raw = WARM.replace(b"\r\n\r\n", b"\r\nSec-Fetch-Dest: image\r\n\r\n")
    assert not head.read_request(raw).fields.judged
    new = policy.READS | Reads.of(headers=("Sec-Fetch-Dest",))
    monkeypatch.setattr(fields, "_POLICY_HEADERS", frozenset(name.encode() for name in new.headers))
    fields._kept.cache_clear()
    assert head.read_request(raw).fields.judged
    fields._kept.cache_clear()
