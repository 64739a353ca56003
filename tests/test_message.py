"""Messages are values that keep every byte they were given."""

import pytest

from authwright.errors import RequestError
from authwright.message import Change, Headers, Request, changes
from authwright.origin import Origin


def test_a_url_is_taken_apart_and_put_together_unchanged():
    url = "https://API.example.com:443/v1/a%20b;x=1?b=2&a=1&&c=%zz+"
    request = Request.of("GET", url)
    assert request.origin == Origin("https", "api.example.com", 443)
    assert request.target == "/v1/a%20b;x=1?b=2&a=1&&c=%zz+"
    assert request.url == url


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://a.example", "/"),
        ("http://a.example?x=1", "/?x=1"),
        ("http://a.example/a b/ü", "/a%20b/%C3%BC"),
        ("http://a.example/%C3%BC", "/%C3%BC"),
    ],
)
def test_a_target_is_what_would_be_sent(url, target):
    assert Request.of("GET", url).target == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example/x",
        "ftp://a.example/",
        "https://",
        "https:///x",
        "https://u:p@a.example/",
        "https://a.example/#f",
        "https://a.example:0/",
        "https://a b/",
        "//a.example/",
        "https://a.example\\@b.example/",
    ],
)
def test_what_is_no_http_url_is_refused(url):
    with pytest.raises(RequestError):
        Request.of("GET", url)


def test_exactly_one_value_of_a_header_is_left():
    headers = Headers.of([("x-api-key", "1"), ("A", "b"), ("X_Api_Key", "2"), ("X Api Key", "3")])
    assert headers.with_field("X-Api-Key", "4").fields == (("A", "b"), ("X-Api-Key", "4"))


def test_names_compare_without_case_and_order_is_kept():
    headers = Headers.of([("B", "1"), ("a", "2"), ("b", "3")])
    assert headers.get("b") == "1"
    assert headers.get_all("B") == ["1", "3"]
    assert "A" in headers
    assert "c" not in headers


def test_changes_turn_one_request_into_the_other():
    before = Request.of("POST", "https://a.example/?k=old&x=1", [("Authorization", "mine"), ("Accept", "*/*")], b"a")
    after = Request.of("POST", "https://a.example/?x=1&k=new", [("Accept", "*/*"), ("Authorization", "Bearer t")], b"b")
    assert changes(before, after) == (
        Change("remove", "header", "Authorization", "mine"),
        Change("remove", "query", "k", "old"),
        Change("set", "header", "Authorization", "Bearer t"),
        Change("set", "query", "k", "new"),
        Change("set", "body", "", "b"),
    )


def test_an_untouched_request_has_no_changes():
    request = Request.of("GET", "https://a.example/?x=1&x=1", [("A", "b"), ("A", "b")])
    assert changes(request, request) == ()
