"""The canonical request is the one that a server makes of what it receives, whatever happened on the way."""

import pytest

from authwright.wire.aws.canonical import canonical_headers, canonical_path, canonical_query, canonical_request


@pytest.mark.parametrize(
    ("path", "s3", "others"),
    [
        ("/", "/", "/"),
        ("/a%20b/%C3%BC%2Bx.txt", "/a%20b/%C3%BC%2Bx.txt", "/a%2520b/%25C3%25BC%252Bx.txt"),
        ("/a%20b/%c3%bc+x.txt", "/a%20b/%C3%BC%2Bx.txt", "/a%2520b/%25c3%25bc%2Bx.txt"),
        ("/$&!~-_.", "/%24%26%21~-_.", "/%24%26%21~-_."),
        ("/a%2Fb", "/a%2Fb", "/a%252Fb"),
        ("//a//b/", "//a//b/", "/a/b/"),
        ("/a/./b/../c", "/a/./b/../c", "/a/c"),
        ("/../..", "/../..", "/"),
        ("/a/.", "/a/.", "/a"),
        ("/\udcff", "/%FF", "/%FF"),
    ],
)
def test_s3_paths_are_encoded_once_and_others_normalised_and_encoded_again(path, s3, others):
    assert (canonical_path(path, s3=True), canonical_path(path, s3=False)) == (s3, others)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("lifecycle", "lifecycle="),
        ("b=2&a=2&a=1&a", "a=&a=1&a=2&b=2"),
        ("a=b+c&d=%7e%2b", "a=b%20c&d=~%2B"),
        ("&a=1&&", "a=1"),
        ("a=b=c", "a=b%3Dc"),
        ("A=1&a=2&%C3%BC=3", "%C3%BC=3&A=1&a=2"),
        ("a=%zz", "a=%25zz"),
    ],
)
def test_parameters_are_sorted_as_they_are_encoded(query, expected):
    assert canonical_query(query) == expected


def test_headers_are_sorted_joined_and_trimmed():
    fields = [("X-B", "1"), ("Host", "h"), ("x-b", "2  3\t4"), ("Content-Type", 'a; b="c   d"'), ("X-Nbsp", "a\u00a0\u00a0b")]
    assert canonical_headers(fields) == {
        "content-type": 'a; b="c d"',
        "host": "h",
        "x-b": "1,2 3 4",
        "x-nbsp": "a\u00a0\u00a0b",
    }


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "TE",
        "Transfer-Encoding",
        "Expect",
        "Proxy-Authorization",
        "User-Agent",
        "X-Amzn-Trace-Id",
        "Authorization",
        "Accept-Encoding",
        "Content-Length",
        "Via",
        "X-Forwarded-For",
        "Referer",
        "Sec-Fetch-Site",
        "traceparent",
    ],
)
def test_what_may_change_on_the_way_is_not_signed(name):
    assert canonical_headers([(name, "x"), ("Host", "h")]) == {"host": "h"}


def test_the_parts_stand_below_each_other():
    text = canonical_request("GET", "/p", "a=1", {"host": "h", "x-a": "1"}, "UNSIGNED-PAYLOAD")
    assert text == "GET\n/p\na=1\nhost:h\nx-a:1\n\nhost;x-a\nUNSIGNED-PAYLOAD"
