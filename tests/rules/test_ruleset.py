"""The first rule that matches wins, whatever their number."""

import pytest

from authwright.errors import RequestError
from authwright.message import Request
from authwright.rules.match import Match
from authwright.rules.rule import Credential, Rule
from authwright.rules.ruleset import RuleSet
from authwright.rules.short_form import parse_short


def rule(short, *, injects=True, parent=None, **conditions):
    parts = {key: value for key, value in parse_short(short)._asdict().items() if value} if short else {}
    match = Match.build(**(parts | conditions), parent=parent.match if parent else None)
    credential = Credential(name="c", type="bearer", hosts=(), build=lambda: None) if injects else None
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


def test_why_names_the_host_where_that_is_the_reason():
    assert RuleSet([rule("a.example")]).why(Request.of("GET", "https://c.example/")) == [
        "rule a.example (f.yaml:1): host is c.example, not a.example",
        "no rule matches: the request passes as it is",
    ]


def test_why_counts_the_rules_of_other_hosts_where_they_are_many():
    assert RuleSet([rule(f"h{i}.example") for i in range(40)]).why(Request.of("GET", "https://c.example/")) == [
        "40 rules name other hosts than c.example",
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


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/a b", "/a%20b"),
        ("/a%20b", "/a%20b"),
        ("/café/**", "/caf%C3%A9/x"),
        ("/~me", "/%7Eme"),
        ("/admin", "/%61dmin"),
        ("/x/**", "/x/group%2Fproject"),
    ],
)
def test_a_rule_fits_its_path_however_that_is_encoded(pattern, path):
    rules = [rule("", path=[pattern], host=["a.example"])]
    assert chosen(rules, f"https://a.example{path}") == "inner"


@pytest.mark.parametrize(
    ("group", "child", "url"),
    [
        ({"host": ["a.example"]}, {"port": ["8443"]}, "https://a.example:8443/"),
        ({"host": ["a.example"], "port": ["8443"]}, {"host": ["a.example"]}, "https://a.example:8443/"),
        ({"host": ["*.example"]}, {"host": ["a.example"], "port": ["*"]}, "https://a.example:1/"),
    ],
)
def test_the_default_port_is_meant_only_where_nobody_says_a_port(group, child, url):
    parent = rule("", **group)
    inner = rule("", parent=parent, **child)
    assert chosen([inner], url) == "inner"
    assert RuleSet([inner]).names("a.example", Request.of("GET", url).origin.port)


def test_overlapping_hosts_of_one_rule_are_looked_at_once():
    rules = RuleSet([rule("", host=["api.box.com", "*.box.com"], method=["PUT"]), *(rule(f"h{i}.example") for i in range(40))])
    assert rules.why(Request.of("GET", "https://api.box.com/"))[:2] == [
        "rule inner (f.yaml:1): method is GET, not PUT",
        "40 rules name other hosts than api.box.com",
    ]


def test_many_rules_of_one_host_are_told_apart_by_their_first_segment():
    rules = [rule(f"a.example/s{i}/**") for i in range(100)]
    assert chosen([*rules, rule("a.example")], "https://a.example/s70/x") == "a.example/s70/**"
    assert chosen([*rules, rule("a.example")], "https://a.example/other") == "a.example"
