"""Nothing leaves that could be read as something else."""

import pytest

from authwright.errors import RequestError
from authwright.message import Headers, Request
from authwright.origin import Origin
from authwright.wire.head import check_head

ORIGIN = Origin("https", "a.example", 443)


def request(method="GET", target="/x?y=1", headers=()):
    return Request(method, ORIGIN, target, Headers.of(headers))


@pytest.mark.parametrize(
    "good",
    [
        request(),
        request(headers=[("Authorization", "Bearer a.b-c_d~e+f/=="), ("X", ""), ("Y", "a\tb"), ("Z", "ü")]),
        request("OPTIONS", "*"),
        request("PATCH", '/a%20b//c;d=e?f=[g]&h={i}|j^k`l"m<n>'),
        request("M-SEARCH"),
    ],
)
def test_a_legal_head_passes(good):
    check_head(good)


@pytest.mark.parametrize(
    "bad",
    [
        request("GET /evil HTTP/1.1\r\nX:"),
        request(""),
        request("GE T"),
        request(target="/a b"),
        request(target="/a\r\nX: y"),
        request(target="/a\x00"),
        request(target="/a#b"),
        request(target="/a\\b"),
        request(target=""),
        request(target="x"),
        request(target="*"),
        request(target="/\x7f"),
        request(headers=[("Authorization", "Bearer a\r\nX-Injected: yes")]),
        request(headers=[("Authorization", "Bearer a\nX: y")]),
        request(headers=[("Authorization", "Bearer a\rb")]),
        request(headers=[("Authorization", "a\x00b")]),
        request(headers=[("Authorization", "a\x7fb")]),
        request(headers=[("Authorization", " a")]),
        request(headers=[("Authorization", "a\t")]),
        request(headers=[("X-A: 1\r\nX-B", "yes")]),
        request(headers=[("", "x")]),
        request(headers=[("X A", "x")]),
        request(headers=[("X:", "x")]),
        request(headers=[("Ü", "x")]),
    ],
)
def test_a_head_with_a_second_reading_is_refused(bad):
    with pytest.raises(RequestError) as caught:
        check_head(bad)
    assert caught.value.code == "malformed_head"


def test_the_refused_value_is_not_shown():
    with pytest.raises(RequestError) as caught:
        check_head(request(headers=[("Authorization", "Bearer s3cr3t\n")]))
    assert "s3cr3t" not in str(caught.value)
