"""Form encoding against RFC 6749 appendix B and the WHATWG URL standard's table."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.wire.form import form_encode, urlencode_form


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        (" %&+£€", "+%25%26%2B%C2%A3%E2%82%AC"),  # RFC 6749 appendix B
        ("a-b.c_d*e", "a-b.c_d*e"),
        ("~", "%7E"),
        ("a=b&c", "a%3Db%26c"),
        ("line\r\nbreak", "line%0D%0Abreak"),
        ("", ""),
    ],
)
def test_a_text_is_encoded_as_the_standard_says(text, encoded):
    assert form_encode(text) == encoded


def test_pairs_keep_their_order_and_repeat():
    assert (
        urlencode_form([("resource", "https://a"), ("b", ""), ("resource", "c d")]) == b"resource=https%3A%2F%2Fa&b=&resource=c+d"
    )


@given(st.lists(st.tuples(st.text(min_size=1), st.text())))
def test_what_is_encoded_is_decoded_by_others_to_the_same(pairs):
    decoded = parse_qsl(urlencode_form(pairs).decode("ascii"), keep_blank_values=True, strict_parsing=bool(pairs))
    assert decoded == pairs
