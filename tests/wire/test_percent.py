"""Percent-encoding by RFC 5849 section 3.6, and its way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.octets import text_of
from authwright.wire.percent import form_decode, percent_encode


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("abcABC123-._~", "abcABC123-._~"),
        ("Ladies + Gentlemen", "Ladies%20%2B%20Gentlemen"),
        ("100%", "100%25"),
        ("An encoded string!", "An%20encoded%20string%21"),
        ("Dogs, Cats & Mice", "Dogs%2C%20Cats%20%26%20Mice"),
        ("☃", "%E2%98%83"),
        ("/*'()", "%2F%2A%27%28%29"),
        ("\udcff", "%FF"),
    ],
)
def test_all_but_unreserved_characters_are_encoded_in_upper_case(text, encoded):
    assert percent_encode(text) == encoded


@pytest.mark.parametrize(
    ("encoded", "text"), [("a+b%20c", "a b c"), ("%e2%98%83", "☃"), ("%ff", "\udcff"), ("%zz", "%zz"), ("", "")]
)
def test_a_form_is_decoded_with_plus_as_a_space(encoded, text):
    assert form_decode(encoded) == text


@given(st.binary())
def test_any_bytes_come_back(octets):
    assert form_decode(percent_encode(text_of(octets))) == text_of(octets)
