"""The first rule that matches wins, whatever their number."""

import pytest

from authwright.errors import RequestError
from authwright.message import Request
from authwright.rules.match import Match, parse_short
from authwright.rules.rule import Credential, Rule
from authwright.rules.ruleset import RuleSet


def rule(short, *, injects=True, parent=None, **conditions):
    parts = {key: value for key, value in parse_short(short)._asdict().items() if value} if short else {}
    match = Match.build(**(parts | conditions), parent=parent.match if parent else None)
    credential = Credential(name="c", type="bearer", reads_body=False, hosts=(), build=lambda: None) if injects else None
    return Rule(short or "inner", "f.yaml:1", match, credential)


def chosen(rules, url, method="GET"):
    plan = RuleSet(rules).plan(Request.of(method, url))
    return plan and plan.rule.name


RULES = [
    rule("api.example.com/oauth2/**", injects=False),
    rule("POST api.example.com"),
    rule("*.example.com/v1/**"),
    rule("**.example.com"),
    rule("", injects=False, path=["/health"]),
    rule("[::1]:8080"),
]


@pytest.mark.parametrize(
    ("url", "method", "name"),
    [
        ("https://api.example.com/oauth2/token", "POST", "api.example.com/oauth2/**"),
        ("https://api.example.com/x", "POST", "POST api.example.com"),
        ("https://api.example.com/v1/x", "GET", "*.example.com/v1/**"),
        ("https://a.api.example.com/v1/x", "GET", "**.example.com"),
        ("https://API.EXAMPLE.com./x", "GET", "**.example.com"),
        ("https://example.com/", "GET", None),
        ("https://other.example/health", "GET", "inner"),
        ("http://[::1]:8080/", "GET", "[::1]:8080"),
        ("http://[::1]/", "GET", None),
    ],
)
def test_the_first_that_matches_wins(url, method, name):
    assert chosen(RULES, url, method) == name


@pytest.mark.parametrize(
    "path",
    [
        "/public/../admin/x",
        "/public/%2e%2e/admin/x",
        "/public%2f..%2fadmin/x",
        "//admin/x",
        "/%61dmin/x",
        "/public/..;/admin/x",
        "/x/../admin/x",
    ],
)
def test_a_path_with_two_readings_is_refused(path):
    rules = [rule("a.example/public/**"), rule("a.example/admin/**")]
    with pytest.raises(RequestError) as caught:
        chosen(rules, f"https://a.example{path}")
    assert caught.value.code == "ambiguous_path"


@pytest.mark.parametrize("path", ["/a/%20/b", "/a//b", "/a/../b", "/%7Euser"])
def test_an_odd_path_with_one_rule_passes(path):
    assert chosen([rule("a.example")], f"https://a.example{path}") == "a.example"


@pytest.mark.parametrize(
    ("host", "port", "named"),
    [
        ("api.example.com", 443, True),
        ("api.example.com", 8443, False),
        ("x.y.example.com", None, True),
        ("example.com", 443, False),
        ("other.example", 443, False),
        ("::1", 8080, True),
    ],
)
def test_only_hosts_of_injecting_rules_are_named(host, port, named):
    assert RuleSet(RULES).names(host, port) is named


def test_why_goes_rule_by_rule():
    assert RuleSet(RULES).why(Request.of("GET", "https://api.example.com/v1/x")) == [
        "rule api.example.com/oauth2/** (f.yaml:1): path is /v1/x, not /oauth2/**",
        "rule POST api.example.com (f.yaml:1): method is GET, not POST",
        "rule *.example.com/v1/** (f.yaml:1) matches",
    ]


def test_why_counts_the_rules_of_other_hosts():
    assert RuleSet([rule("a.example"), rule("b.example")]).why(Request.of("GET", "https://c.example/")) == [
        "2 rules name other hosts than c.example",
        "no rule matches: the request passes as it is",
    ]


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ([rule("a.example"), rule("a.example/x")], [(1, 0)]),
        ([rule("a.example/x"), rule("a.example")], []),
        ([rule("*.example.com"), rule("GET api.example.com/x")], [(1, 0)]),
        ([rule("**.example.com"), rule("*.api.example.com")], [(1, 0)]),
        ([rule("*.example.com"), rule("**.example.com")], []),
        ([rule("a.example:8443"), rule("a.example")], []),
        ([rule("a.example:*"), rule("a.example:8443/x")], [(1, 0)]),
        ([rule("https://a.example"), rule("a.example")], []),
        ([rule("a.example", injects=False), rule("a.example")], [(1, 0)]),
    ],
)
def test_a_rule_behind_a_wider_one_is_found(rules, found):
    assert RuleSet(rules).unreachable() == found


def test_a_group_behind_its_children_is_reachable():
    group = rule("a.example")
    assert RuleSet([rule("", path=["/x"], parent=group), group]).unreachable() == []
