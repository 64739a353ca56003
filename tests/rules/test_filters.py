"""The filter language means what mitmproxy's does."""

import pytest
from mitmproxy import flowfilter
from mitmproxy.test import tflow, tutils

from authwright.message import Request
from authwright.rules.filters import parse_filter
from authwright.rules.hosts import MatchSyntaxError

REQUESTS = [
    Request.of("GET", "https://api.example.com/v1/items?x=1", [("Host", "api.example.com"), ("Accept", "text/html")]),
    Request.of(
        "POST",
        "http://other.example:8080/upload",
        [("Host", "other.example:8080"), ("Content-Type", "application/json"), ("X-A", "b c")],
    ),
    Request.of("DELETE", "https://api.example.com/admin", [("Host", "api.example.com")]),
]
EXPRESSIONS = [
    "~d example.com",
    "~d ^api\\.",
    "~d EXAMPLE",
    "~u /v1/",
    "/v1/",
    "~m POST",
    "~m 'GET|DELETE'",
    "~m GET|DELETE",
    "~h X-A",
    '~hq "x-a: b c"',
    "~hq ^Host:",
    "~t json",
    "~t html",
    "~d api & ~m GET",
    "~d api ~m GET",
    "~d api | ~m POST",
    "~m POST | ~d api & ~m GET",
    "!~m POST",
    "! ( ~d api | ~m POST )",
    "!~d api & ~m POST",
    "~m POST | ~d api ~d zzz",
    "~d api ~m GET | ~m DELETE",
    "(~d api)(~m DELETE)",
    "~u 'a\\.example'",
    '~u "\\""',
]


def flow(request):
    headers = tuple((name.encode(), value.encode()) for name, value in request.headers)
    origin = request.origin
    req = tutils.treq(
        host=origin.host,
        port=origin.port,
        scheme=origin.scheme.encode(),
        method=request.method.encode(),
        path=request.target.encode(),
        headers=headers,
    )
    return tflow.tflow(req=req)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_it_agrees_with_mitmproxy(expression):
    ours, theirs = parse_filter(expression), flowfilter.parse(expression)
    assert [bool(ours(request, request.path)) for request in REQUESTS] == [bool(theirs(flow(request))) for request in REQUESTS]


@pytest.mark.parametrize(
    ("expression", "offset"),
    [
        ("", 0),
        ("~s", 0),
        ("~m GET & ~c 200", 9),
        ("~m", 2),
        ("(~m GET", 7),
        ("~m GET)", 6),
        ("~m GET &", 8),
        ("~u '['", 3),
        ("~u '(?=a)'", 3),
        ("~u '(a)\\1'", 3),
        ("(" * 60, 50),
        ("!" * 3000 + "~m GET", 50),
    ],
)
def test_what_cannot_be_read_is_refused_where_it_stands(expression, offset):
    with pytest.raises(MatchSyntaxError) as caught:
        parse_filter(expression)
    assert (caught.value.offset, bool(caught.value.hint)) == (offset, True)


def test_the_path_is_looked_at_in_the_form_that_the_rules_see():
    request = Request.of("GET", "https://a.example/%61dmin?x=1")
    assert parse_filter("~u ^https://a.example/admin.x=1$")(request, "/admin")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("expression", ["~u (a|aa)+!", "~u ((a{1,16}){1,16}){1,3}!", "~u a*a*a*a*a*a*!", "~u .*a.*a.*a!"])
def test_a_hostile_expression_ends(expression):
    long = Request.of("GET", "https://a.example/" + "a" * 100_000)
    try:
        found = parse_filter(expression)
    except MatchSyntaxError:
        return
    assert not found(long, long.path)


def test_bytes_that_are_no_text_do_not_match_as_anything_else():
    odd = Request.of("GET", "https://a.example/", [("X", "\udcff")])
    assert parse_filter("~h X")(odd, "/")
