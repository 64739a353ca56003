"""Akamai's own client signs the same requests to the same headers."""

from types import SimpleNamespace

import pytest
from akamai.edgegrid.edgegrid import EdgeGridAuthHeaders
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from tests.ambients import Clock
from tests.oracles.generated import BODIES, THOUSAND, TIMES, TOKENS, request_of, sent, urls

from authwright.schemes.edgegrid import EdgeGrid
from authwright.secret import Secret

pytestmark = pytest.mark.timeout(600)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20).map(str.strip)
NAMES = ["X-Test1", "X-Test2", "X-Test3"]


@THOUSAND
@given(
    st.tuples(TOKENS, TOKENS, TOKENS),
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    urls().map(str.lower),  # what the client leaves to its HTTP library
    BODIES,
    st.dictionaries(st.sampled_from(NAMES), VALUES),
    st.lists(st.sampled_from(NAMES), unique=True),
    st.integers(min_value=0, max_value=200),
    TIMES.map(str),
    TOKENS,
)
def test_a_request_is_signed_alike(tokens, method, url, body, headers, to_sign, max_body, timestamp, nonce):
    client_token, client_secret, access_token = tokens
    scheme = EdgeGrid(
        client_token=client_token,
        client_secret=Secret(client_secret),
        access_token=access_token,
        headers_to_sign=tuple(to_sign),
        max_body=max_body,
        timestamp=timestamp,
        nonce=nonce,
    )
    request = request_of(method, url, headers.items(), body)
    theirs = EdgeGridAuthHeaders(client_token, client_secret, access_token, headers_to_sign=to_sign, max_body=max_body)
    seen = SimpleNamespace(method=method, url=url, headers=CaseInsensitiveDict(request.headers.fields), body=body)
    expected = theirs.make_auth_header(seen, timestamp, nonce)
    assert expected == sent(scheme, request, Clock()).headers.get("Authorization")
