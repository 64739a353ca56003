"""A token survives its encoding."""

from hypothesis import given
from tests.tokens.stores.records import TOKENS

from authwright.tokens.stores.codec import decode, encode


@given(TOKENS)
def test_every_token_survives_its_encoding(token):
    assert decode(encode(token)) == token
