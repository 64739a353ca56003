"""A token survives its encoding."""

import json

from hypothesis import given
from hypothesis import strategies as st
from tests.tokens.stores.records import TOKENS

from authwright.rules.binding import Binding
from authwright.rules.hosts import HostPattern
from authwright.tokens.stores.codec import decode, encode


@given(TOKENS)
def test_every_token_survives_its_encoding(token):
    assert decode(encode(token)).token == token


HOSTS = st.lists(st.sampled_from(["a.example", "*.b.example", "**.c.example", "127.0.0.1", "::1"]), max_size=3)


@given(TOKENS, HOSTS, st.lists(st.text(), max_size=2), st.lists(st.text(), max_size=2))
def test_what_a_token_is_bound_to_survives_with_it(token, hosts, endpoints, trust):
    binding = Binding(tuple(map(HostPattern.parse, hosts)), tuple(endpoints), tuple(trust))
    assert decode(encode(token, binding, {"client_id": "0f"})) == (token, binding, {"client_id": "0f"})


@given(TOKENS)
def test_a_token_of_an_earlier_version_is_bound_to_nothing(token):
    members = json.loads(encode(token))
    del members["binding"], members["parameters"]
    assert decode(json.dumps(members).encode()) == (token, None, {})
