"""A rule that matches may still not authorise: over http, for web pages, to other hosts, over a client's own credential."""

import pytest

from authwright.errors import RequestError
from authwright.message import Request
from authwright.origin import ProxiedOrigin
from authwright.rules.hosts import HostPattern
from authwright.rules.match import Match
from authwright.rules.policy import check_policy, existing, is_preflight
from authwright.rules.rule import Credential, Options, Rule
from authwright.schemes.api_key import ApiKey
from authwright.schemes.bearer import Bearer
from authwright.secret import Secret


def rule(hosts=(), **options):
    patterns = tuple(map(HostPattern.parse, hosts))
    credential = Credential(name="c", type="bearer", hosts=patterns, build=lambda: None)
    return Rule("r", "f:1", Match.build(host=["a.example"]), credential, Options(**options))


def verdict(rule, url="https://a.example/", headers=()):
    try:
        check_policy(rule, Request.of("GET", url, headers))
    except RequestError as error:
        return error.code if error.hint else "no hint"
    return "ok"


@pytest.mark.parametrize(
    ("url", "options", "expected"),
    [
        ("https://a.example/", {}, "ok"),
        ("http://a.example/", {}, "plaintext"),
        ("http://a.example/", {"allow_http": True}, "ok"),
        ("http://localhost/", {}, "ok"),
        ("http://127.0.0.2:8080/", {}, "ok"),
        ("http://[::1]/", {}, "ok"),
        ("http://localhost.example/", {}, "plaintext"),
        ("http://192.168.0.1/", {}, "plaintext"),
    ],
)
def test_no_credential_crosses_a_network_in_the_clear(url, options, expected):
    assert verdict(rule(**options), url) == expected


@pytest.mark.parametrize(
    ("headers", "allowed", "expected"),
    [
        ([], (), "ok"),
        ([("Sec-Fetch-Site", "none")], (), "ok"),
        ([("Sec-Fetch-Site", "same-origin")], (), "ok"),
        ([("Sec-Fetch-Site", "cross-site")], (), "cross_site"),
        ([("Sec-Fetch-Site", "Same-Site")], (), "cross_site"),
        ([("Origin", "https://a.example")], (), "ok"),
        ([("Origin", "https://evil.example")], (), "cross_site"),
        ([("Origin", "http://a.example")], (), "cross_site"),
        ([("Origin", "https://a.example:444")], (), "cross_site"),
        ([("Origin", "null")], (), "cross_site"),
        ([("Origin", "https://app.example"), ("Sec-Fetch-Site", "cross-site")], ("https://app.example",), "ok"),
        ([("Origin", "https://app.example"), ("Origin", "https://evil.example")], ("https://app.example",), "cross_site"),
        ([("Sec-Fetch-Site", "cross-site")], ("https://app.example",), "cross_site"),
        ([("Origin", "https://evil.example")], ("*",), "ok"),
    ],
)
def test_web_pages_use_only_rules_that_list_them(headers, allowed, expected):
    assert verdict(rule(allow_origins=allowed), headers=headers) == expected


HERE = "http://a.example/"


@pytest.mark.parametrize(
    ("url", "headers", "allowed", "expected"),
    [
        (HERE, [("Referer", "http://evil.example/page?x=1")], (), "cross_site"),
        (HERE, [("Referer", "https://evil.example/")], (), "cross_site"),
        (HERE, [("Referer", "http://a.example.evil.example/")], (), "cross_site"),
        (HERE, [("Referer", "http://a.example@evil.example/")], (), "cross_site"),
        (HERE, [("Referer", "http://evil.example\\@a.example/")], (), "cross_site"),
        (HERE, [("Referer", "http://a.example:81/")], (), "cross_site"),
        (HERE, [("Referer", "https://a.example/")], (), "cross_site"),
        (HERE, [("Referer", "http://sub.a.example/")], (), "cross_site"),
        (HERE, [("Referer", "//evil.example/")], (), "cross_site"),
        (HERE, [("Referer", "evil.example")], (), "cross_site"),
        (HERE, [("Referer", "android-app://a.example/")], (), "cross_site"),
        (HERE, [("Referer", HERE), ("Referer", "http://evil.example/")], (), "cross_site"),
        (HERE, [("Referer", "http://a.example")], (), "ok"),
        (HERE, [("Referer", "HTTP://A.EXAMPLE:80/x")], (), "ok"),
        (HERE, [("Referer", "/x")], (), "ok"),
        (HERE, [("Referer", "")], (), "ok"),
        (HERE, [], (), "ok"),
        (HERE, [("Referer", "https://app.example/x")], ("https://app.example",), "ok"),
        (HERE, [("Referer", "https://evil.example/x")], ("https://app.example",), "cross_site"),
        (HERE, [("Referer", "https://evil.example/x")], ("*",), "ok"),
        (HERE, [("Referer", "https://app.example/x"), ("Origin", "https://app.example")], ("https://app.example",), "ok"),
        (HERE, [("Referer", "http://evil.example/"), ("Sec-Fetch-Site", "none")], (), "ok"),
        ("https://a.example/", [("Referer", "http://evil.example/")], (), "ok"),
        ("http://x.localhost/", [("Referer", "http://evil.example/")], (), "ok"),
    ],
)
def test_over_plain_http_a_page_is_known_by_its_referer_alone(url, headers, allowed, expected):
    assert verdict(rule(allow_origins=allowed, allow_http=True), url, headers) == expected


def test_a_refusal_of_a_page_quotes_no_user_information():
    request = Request.of("GET", HERE, [("Referer", "http://user:pw-canary@evil.example/")])
    with pytest.raises(RequestError) as caught:
        check_policy(rule(allow_http=True), request)
    assert "pw-canary" not in caught.value.message
    assert "http://evil.example" in caught.value.message


@pytest.mark.parametrize("host", ["localhost", "api.localhost", "127.0.0.1", "::1"])
def test_no_host_is_this_machine_behind_another_proxy(host):
    request = Request("GET", ProxiedOrigin("http", host, 9000), "/")
    check_policy(rule(allow_http=True), request)
    with pytest.raises(RequestError) as caught:
        check_policy(rule(), request)
    assert caught.value.code == "plaintext"


@pytest.mark.parametrize(
    ("hosts", "expected"), [((), "ok"), (("a.example",), "ok"), (("*.example",), "ok"), (("b.example",), "credential_host")]
)
def test_a_credential_stays_with_its_hosts(hosts, expected):
    assert verdict(rule(hosts)) == expected


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("OPTIONS", [("Origin", "https://x.example"), ("Access-Control-Request-Method", "PUT")], True),
        ("OPTIONS", [("Origin", "https://x.example")], False),
        ("GET", [("Origin", "https://x.example"), ("Access-Control-Request-Method", "PUT")], False),
    ],
)
def test_a_preflight_is_recognised(method, headers, expected):
    assert is_preflight(Request.of(method, "https://a.example/", headers)) is expected


BEARER = Bearer(token=Secret("t"))
QUERY = ApiKey(name="k", value=Secret("v"), placement="query")


@pytest.mark.parametrize(
    ("scheme", "url", "headers", "option", "expected"),
    [
        (BEARER, "https://a.example/", [], "refuse", "none"),
        (BEARER, "https://a.example/", [("authorization", "mine")], "replace", "replace"),
        (BEARER, "https://a.example/", [("authorization", "mine")], "keep", "keep"),
        (QUERY, "https://a.example/?%6B=1", [], "keep", "keep"),
        (QUERY, "https://a.example/", [("Authorization", "mine")], "refuse", "none"),
    ],
)
def test_a_clients_own_credential_is_treated_as_the_rule_says(scheme, url, headers, option, expected):
    assert existing(rule(on_existing=option), scheme, Request.of("GET", url, headers)) == expected


def test_a_clients_own_credential_can_be_refused():
    with pytest.raises(RequestError) as caught:
        existing(rule(on_existing="refuse"), BEARER, Request.of("GET", "https://a.example/", [("Authorization", "s3cr3t")]))
    assert caught.value.code == "existing_credential"
    assert "s3cr3t" not in str(caught.value)
