"""Conditions are joined by AND, lists by OR, and a child stands within its parent."""

import pytest

from authwright.message import Request
from authwright.rules.match import Match, MatchSyntaxError

POST = Request.of(
    "POST",
    "https://api.example.com/admin/users?dry=1&q=a%20b",
    [("Content-Type", "application/json"), ("X-Team", "red"), ("X-Team", "blue")],
)


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        ({}, ""),
        ({"host": ["api.example.com"]}, ""),
        ({"host": ["x.example", "*.example.com"]}, ""),
        ({"host": ["*.example"]}, "host is api.example.com, not *.example"),
        ({"host": ["api.example.com"], "port": ["443"]}, ""),
        ({"host": ["api.example.com"], "port": ["8443"]}, "port is 443, not 8443"),
        ({"host": ["api.example.com"], "port": ["80", "443"]}, ""),
        ({"port": ["*"]}, ""),
        ({"scheme": ["http"]}, "scheme is https, not http"),
        ({"method": ["get", "post"]}, ""),
        ({"method": ["GET"]}, "method is POST, not GET"),
        ({"path": ["/health", "/admin/**"]}, ""),
        ({"path": ["/admin"]}, "path is /admin/users, not /admin"),
        ({"header": {"content-type": ["application/*"]}}, ""),
        ({"header": {"x-team": ["blue"]}}, ""),
        ({"header": {"X-Other": ["*"]}}, "header X-Other is not sent, not *"),
        ({"query": {"q": ["a b"]}}, ""),
        ({"query": {"dry": ["0"]}}, "query dry is another value, not 0"),
        ({"filter": "~m POST & ~t json"}, ""),
        ({"filter": "~m GET"}, "filter is false, not ~m GET"),
        ({"host": ["api.example.com"], "method": ["GET"]}, "method is POST, not GET"),
    ],
)
def test_conditions_are_met_or_the_first_that_is_not_is_named(conditions, reason):
    match = Match.build(**conditions)
    assert match.mismatch(POST, POST.path) == reason
    assert match.matches(POST, POST.path) is (reason == "")


def test_a_host_without_a_port_means_the_default_one():
    odd = Request.of("GET", "https://api.example.com:8443/")
    assert not Match.build(host=["api.example.com"]).matches(odd, "/")
    assert Match.build(host=["api.example.com"], port=["*"]).matches(odd, "/")


def test_a_child_matches_within_its_parent():
    parent = Match.build(host=["api.example.com"])
    child = Match.build(path=["/admin/**"], parent=parent)
    assert child.matches(POST, POST.path)
    assert not child.matches(Request.of("POST", "https://other.example/admin/users"), "/admin/users")
    assert child.effective_hosts == parent.hosts


@pytest.mark.parametrize(
    ("host", "port", "reachable"),
    [
        ("api.example.com", 443, True),
        ("api.example.com", 80, True),
        ("api.example.com", 8443, False),
        ("api.example.com", None, True),
        ("x.example", 443, False),
    ],
)
def test_it_tells_which_connections_it_could_concern(host, port, reachable):
    assert Match.build(path=["/a"], parent=Match.build(host=["api.example.com"])).could_reach(host, port) is reachable


@pytest.mark.parametrize(
    ("conditions", "key", "index"),
    [
        ({"host": ["a.example", "*"]}, "host", 1),
        ({"port": ["http"]}, "port", 0),
        ({"scheme": ["ftp"]}, "scheme", 0),
        ({"method": ["GE T"]}, "method", 0),
        ({"path": ["health"]}, "path", 0),
        ({"path": ["/a?b"]}, "path", 0),
        ({"filter": "~b x"}, "filter", 0),
    ],
)
def test_a_broken_condition_names_its_key(conditions, key, index):
    with pytest.raises(MatchSyntaxError) as caught:
        Match.build(**conditions)
    assert (caught.value.key, caught.value.index) == (key, index)
