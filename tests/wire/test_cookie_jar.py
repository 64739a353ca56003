"""Which cookies a request gets, and what a jar keeps."""

from datetime import timedelta

import pytest
from tests.ambients import NOON

from authwright.message import Request
from authwright.wire.cookie_jar import Jar

URL = "https://app.example.com/a/b"


def filled(*set_cookies, url=URL, jar=None):
    return (jar or Jar()).after(set_cookies, Request.of("GET", url), NOON)


def sent(jar, url, now=NOON, **headers):
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return [f"{one.name}={one.value}" for one in jar.for_request(Request.of("GET", url, fields), now)]


@pytest.mark.parametrize(
    ("set_cookie", "url", "there"),
    [
        ("a=1", URL, True),
        ("a=1", "https://www.app.example.com/a/b", False),
        ("a=1", "https://example.com/a/b", False),
        ("a=1; Domain=example.com", "https://other.example.com/a/x", True),
        ("a=1; Domain=example.com", "https://evil-example.com/a/x", False),
        ("a=1; Path=/a", "https://app.example.com/ab", False),
        ("a=1; Path=/a", "https://app.example.com/a", True),
        ("a=1; Path=/a/", "https://app.example.com/a", False),
        ("a=1; Path=/a", "https://app.example.com/a?x=/b", True),
        ("a=1; Secure", "http://app.example.com/a/b", False),
        ("a=1", "http://app.example.com/a/b", True),
        ("a=1", "https://app.example.com:8443/a/b", True),
    ],
)
def test_a_cookie_goes_where_it_belongs(set_cookie, url, there):
    assert sent(filled(set_cookie), url) == (["a=1"] if there else [])


def test_longer_paths_come_first_and_older_cookies_before_younger():
    jar = filled("one=1; Path=/", "two=2; Path=/a/b", "three=3; Path=/", "four=4; Path=/a")
    assert sent(jar, URL) == ["two=2", "four=4", "one=1", "three=3"]


def test_a_newer_cookie_stands_in_the_place_of_the_older():
    jar = filled("a=2", jar=filled("a=1", "b=1"))
    assert sent(jar, URL) == ["a=2", "b=1"]


def test_a_cookie_that_ends_is_gone_and_so_is_one_that_is_deleted():
    jar = filled("a=1; Max-Age=60", "b=1")
    assert sent(jar, URL, NOON + timedelta(seconds=60)) == ["b=1"]
    assert filled("b=; Max-Age=0", jar=jar) == filled("a=1; Max-Age=60")


def test_plain_http_cannot_cover_a_secure_cookie():
    jar = filled("a=1; Secure; Path=/")
    for url in ("http://app.example.com/", "http://example.com/", "http://below.app.example.com/"):
        assert filled("a=evil; Path=/", url=url, jar=jar) == jar


@pytest.mark.parametrize(
    ("same_site", "headers", "there"),
    [
        ("Strict", {}, True),
        ("Strict", {"Sec_Fetch_Site": "same-origin"}, True),
        ("Strict", {"Sec_Fetch_Site": "same-site"}, True),
        ("Strict", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, False),
        ("Lax", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, True),
        ("Lax", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"}, False),
        ("odd", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"}, False),
        ("None; Secure", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"}, True),
    ],
)
def test_another_site_gets_what_same_site_allows(same_site, headers, there):
    assert sent(filled(f"a=1; SameSite={same_site}"), URL, **headers) == (["a=1"] if there else [])


def test_a_server_cannot_fill_the_jar():
    jar = filled("first=1; Path=/", url="https://other.example.com/")
    for number in range(700):
        jar = filled(f"n{number}=1; Path=/", jar=jar)
    assert (len(jar.cookies), len(sent(jar, URL)), sent(jar, "https://other.example.com/")) == (51, 50, ["first=1"])


def test_a_jar_survives_the_store():
    jar = filled("a=1; Max-Age=60; Secure; HttpOnly; SameSite=Lax", "b=ü; Domain=example.com")
    assert Jar.of_json(jar.to_json()) == jar
