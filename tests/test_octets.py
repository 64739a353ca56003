"""Text stands for bytes, and gives each of them back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.octets import bytes_of, text_of


@given(st.binary())
def test_any_bytes_come_back_as_they_were(octets):
    assert bytes_of(text_of(octets)) == octets


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_without_surrogates_is_its_utf_8(text):
    assert bytes_of(text) == text.encode()
    assert text_of(text.encode()) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"", ""),
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9", "caf\udce9"),
        (b"\xed\xa0\x80", "\udced\udca0\udc80"),
        (b"\0\x7f", "\0\x7f"),
    ],
)
def test_a_byte_that_is_not_utf_8_becomes_a_lone_surrogate(octets, text):
    assert text_of(octets) == text


def test_a_surrogate_that_stands_for_no_byte_is_refused():
    with pytest.raises(UnicodeEncodeError):
        bytes_of("\ud800")
