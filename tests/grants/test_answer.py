"""A server's words on a terminal: no secret, no control character, one short line."""

import pytest

from authwright.grants.answer import EndpointAnswer, shown, shown_url
from authwright.message import Headers, Response
from authwright.secret import Redactor

REDACTOR = Redactor(["s3cret value"])


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("fine", 10, "fine"),
        ("0123456789", 10, "0123456789"),
        ("0123456789a", 10, "012345678…"),
        ("a\x1b[31m\n", 40, "a\\x1b[31m\\n"),
        ("\u202e\udcff", 40, "\\u202e\\udcff"),
        ("it was s3cret value", 40, "it was <hidden>"),
        ("it was s3cret%20value", 40, "it was <hidden>"),
        ("\n" * 100, 10, "\\n\\n\\n\\n\\…"),
    ],
    ids=[
        "fine",
        "at the limit",
        "too long",
        "an escape sequence",
        "bidi and a lone surrogate",
        "a secret",
        "encoded",
        "long escapes",
    ],
)
def test_a_text_is_made_safe(text, limit, expected):
    assert shown(text, REDACTOR, limit) == expected


def test_a_secret_across_the_limit_is_hidden_before_the_text_is_cut():
    assert "s3c" not in shown("x" * 8 + "s3cret value", REDACTOR, 10)


@pytest.mark.parametrize(
    ("url", "expected"), [("https://a/t?key=s", "https://a/t"), ("https://a/t", "https://a/t"), ("https://a?x?y", "https://a")]
)
def test_an_endpoint_is_shown_without_its_query(url, expected):
    assert shown_url(url) == expected


@pytest.mark.parametrize(
    ("headers", "media_type"),
    [
        ([], "no content type"),
        ([("Content-Type", "text/html; charset=x")], "text/html"),
        ([("Content-Type", "a/b\x1b")], "a/b\\x1b"),
    ],
)
def test_a_sentence_begins_with_endpoint_status_and_media_type(headers, media_type):
    answer = EndpointAnswer(Response(502, Headers.of(headers)), "https://as/token", "password", "none", REDACTOR)
    assert answer.said == f"https://as/token answered 502 ({media_type})"
