"""What of a Set-Cookie field is kept, and how it reads (RFC 6265bis)."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.ambients import NOON

from authwright.message import Request
from authwright.wire.set_cookie import StoredCookie, cookie_date, default_path, is_public_suffix, parse_set_cookie

URL = "https://app.example.co.uk/account/login"


def parsed(text, url=URL):
    return parse_set_cookie(text, Request.of("GET", url), NOON)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1", StoredCookie("a", "1", "app.example.co.uk", path="/account")),
        (" a = 1 ; Secure", StoredCookie("a", "1", "app.example.co.uk", path="/account", secure=True)),
        ("a", StoredCookie("", "a", "app.example.co.uk", path="/account")),
        ('a="1; Path=/', StoredCookie("a", '"1', "app.example.co.uk")),
        ("a=1; Domain=.example.co.uk; Path=/x", StoredCookie("a", "1", "example.co.uk", host_only=False, path="/x")),
        ("a=1; Domain=EXAMPLE.co.uk; path=x", StoredCookie("a", "1", "example.co.uk", host_only=False, path="/account")),
        ("a=1; path=/; path=/last", StoredCookie("a", "1", "app.example.co.uk", path="/last")),
        ("a=1;HttpOnly;SameSite=LAX;path=/", StoredCookie("a", "1", "app.example.co.uk", http_only=True, same_site="lax")),
        ("a=1;SameSite=odd;path=/", StoredCookie("a", "1", "app.example.co.uk")),
        ("a=1;path=/;Max-Age=60", StoredCookie("a", "1", "app.example.co.uk", expires=NOON + timedelta(seconds=60))),
        (
            "a=1;path=/;Max-Age=60;Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            StoredCookie("a", "1", "app.example.co.uk", expires=NOON + timedelta(seconds=60)),
        ),
        ("a=1;path=/;Max-Age=99999999999999", StoredCookie("a", "1", "app.example.co.uk", expires=NOON + timedelta(days=400))),
        ("a=1;path=/;Max-Age=0", StoredCookie("a", "1", "app.example.co.uk", expires=datetime.min.replace(tzinfo=UTC))),
        ("a=1;path=/;Max-Age=soon", StoredCookie("a", "1", "app.example.co.uk")),
        (
            "a=1;path=/;Max-Age=60;Max-Age=soon;Expires=never",
            StoredCookie("a", "1", "app.example.co.uk", expires=NOON + timedelta(seconds=60)),
        ),
        ("__Host-a=1;Secure;path=/", StoredCookie("__Host-a", "1", "app.example.co.uk", secure=True)),
    ],
)
def test_a_cookie_is_read_as_a_browser_reads_it(text, expected):
    assert parsed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        " ; Path=/",
        "a=\x01",
        "a=" + "x" * 4096,
        "a=1; Domain=co.uk",
        "a=1; Domain=other.co.uk",
        "a=1; Domain=le.co.uk",
        "a=1; Domain=deep.app.example.co.uk",
        "a=1; Domain=127.0.0.1",
        "a=1; SameSite=None",
        "__Secure-a=1",
        "__Host-a=1; Secure",
        "__Host-a=1; Secure; Path=/; Domain=app.example.co.uk",
        "__host-a=1; Path=/",
    ],
)
def test_a_cookie_that_a_browser_would_not_keep_is_not_kept(text):
    assert parsed(text) is None


def test_a_secure_cookie_is_not_taken_over_plain_http_but_from_this_machine():
    assert parsed("a=1; Secure", "http://app.example.co.uk/") is None
    assert parsed("a=1; Secure", "http://127.0.0.1:8000/") is not None


def test_an_address_has_no_names_below_it():
    assert parsed("a=1; Domain=0.0.1", "http://127.0.0.1/") is None
    assert parsed("a=1; Domain=127.0.0.1", "http://127.0.0.1/").domain == "127.0.0.1"


@pytest.mark.parametrize(("path", "expected"), [("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b", "/a")])
def test_the_default_path_is_the_folder_of_the_request(path, expected):
    assert default_path(path) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 09 Jun 2021 10:18:14 GMT", datetime(2021, 6, 9, 10, 18, 14, tzinfo=UTC)),
        ("Wednesday, 09-Jun-21 10:18:14 GMT", datetime(2021, 6, 9, 10, 18, 14, tzinfo=UTC)),
        ("Wed Jun  9 10:18:14 2021", datetime(2021, 6, 9, 10, 18, 14, tzinfo=UTC)),
        ("9 june 1994 1:2:3", datetime(1994, 6, 9, 1, 2, 3, tzinfo=UTC)),
        ("09-Jun-94 10:18:14", datetime(1994, 6, 9, 10, 18, 14, tzinfo=UTC)),
        ("31 Feb 2021 10:18:14", None),
        ("10:18:14", None),
        ("0", None),
        ("", None),
    ],
)
def test_dates_are_read_in_every_form_servers_write(text, expected):
    assert cookie_date(text) == expected


@pytest.mark.parametrize(
    ("domain", "public"),
    [("co.uk", True), ("github.io", True), ("localhost", True), ("example.co.uk", False), ("user.github.io", False)],
)
def test_below_a_public_suffix_anybody_may_be(domain, public):
    assert is_public_suffix(domain) is public


def test_no_repr_shows_a_value():
    assert "s3cr3t" not in repr(parsed("sid=s3cr3t"))
