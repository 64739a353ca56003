"""The short form of a match is taken apart, and a mistake in it is told where it stands."""

import pytest

from authwright.rules.hosts import MatchSyntaxError
from authwright.rules.short_form import READERS, ShortForm, parse_short


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("api.example.com", ShortForm((), (), ("api.example.com",), (), ())),
        ("GET api.example.com/x", ShortForm(("GET",), (), ("api.example.com",), (), ("/x",))),
        (
            "GET,POST https://*.example.com:8443/a/**",
            ShortForm(("GET", "POST"), ("https",), ("*.example.com",), ("8443",), ("/a/**",)),
        ),
        ("[::1]:8080/", ShortForm((), (), ("[::1]",), ("8080",), ("/",))),
        ("localhost:*", ShortForm((), (), ("localhost",), ("*",), ())),
    ],
)
def test_the_short_form_is_taken_apart(text, parts):
    assert parse_short(text) == parts


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("https://", 6),
        ("ftp://a.example", 0),
        ("GET  a b/", 0),
        ("a.example:99999/x", 10),
        ("GET *x.example", 4),
        ("a.example/x?y", 9),
    ],
)
def test_a_broken_short_form_is_refused_where_it_breaks(text, offset):
    with pytest.raises(MatchSyntaxError) as caught:
        parse_short(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [("port", "443", 443), ("port", "*", 0), ("scheme", "HTTPS", "https"), ("method", "get", "GET"), ("path", "/a", "/a")],
)
def test_each_condition_is_read_in_its_one_form(key, text, value):
    assert READERS[key](text) == value
