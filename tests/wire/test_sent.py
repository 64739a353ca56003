"""Host and media type as a server reads them."""

import pytest

from authwright.message import Request
from authwright.wire.sent import media_type, sent_host


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://EXAMPLE.com:80/", "example.com"),
        ("https://example.com/", "example.com"),
        ("https://example.com:8443/", "example.com"),
        ("http://[::1]:8080/", "[::1]"),
        ("http://[::1]/", "[::1]"),
        ("http://example.com.:80/", "example.com."),
    ],
)
def test_the_host_is_as_the_client_spelt_it_in_lower_case_and_without_its_port(url, host):
    assert sent_host(Request.of("GET", url)) == host


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], ""),
        ([("content-type", "Text/HTML; charset=utf-8")], "text/html"),
        ([("Content-Type", " application/json ;x")], "application/json"),
        ([("Content-Type", ";")], ""),
    ],
)
def test_the_media_type_is_without_parameters_and_in_lower_case(headers, expected):
    assert media_type(Request.of("POST", "http://a.example/", headers)) == expected
