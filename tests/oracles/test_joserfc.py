"""joserfc takes the tokens that are made for a request, and reads in them what the configuration says."""

from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, import_key
from tests.ambients import NOON, Clock
from tests.oracles.generated import TEXTS, THOUSAND, TOKENS, request_of, sent
from tests.schemes.test_jwt import RSA_KEY, pem

from authwright.schemes.asap import Asap
from authwright.schemes.jwt import Jwt
from authwright.secret import Secret
from authwright.wire import jose

pytestmark = pytest.mark.timeout(600)
GET = request_of("GET", "https://api.example.com/")
PEM = pem(RSA_KEY)
RSA = import_key(PEM.reveal(), "RSA")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
CLAIMS = st.dictionaries(TOKENS.map("x-{}".format), JSON, max_size=4)
NOW = int(NOON.timestamp())


@pytest.fixture(autouse=True, scope="module")
def key_is_parsed_once():
    """Parsing a key costs a hundred times what signing with it does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jose, "private_key", cache(jose.private_key))
        yield


def token(scheme):
    return sent(scheme, GET, Clock()).headers.get("Authorization").removeprefix("Bearer ")


@THOUSAND
@given(st.sampled_from(["HS256", "HS384", "HS512"]), st.text(min_size=64, max_size=80, alphabet="abcXYZ019 %&é"), CLAIMS)
def test_a_shared_secret_signs_what_is_said(algorithm, secret, claims):
    found = jwt.decode(
        token(Jwt(algorithm=algorithm, secret=Secret(secret), claims=claims)), OctKey.import_key(secret), [algorithm]
    )
    assert (found.header, found.claims) == ({"typ": "JWT", "alg": algorithm}, claims)


@THOUSAND
@given(TOKENS, st.lists(TOKENS, min_size=1, max_size=3), TOKENS, st.integers(1, 3600), CLAIMS)
def test_a_service_says_who_it_is(issuer, audience, kid, seconds, claims):
    scheme = Asap(
        issuer=issuer,
        audience=tuple(audience),
        key_id=f"{issuer}/{kid}",
        private_key=PEM,
        expires_in=timedelta(seconds=seconds),
        claims=claims,
    )
    found = jwt.decode(token(scheme), RSA, ["RS256"])
    said = {"iss": issuer, "sub": issuer, "aud": audience if len(audience) > 1 else audience[0], "jti": "n0nce"}
    assert found.header == {"typ": "JWT", "alg": "RS256", "kid": f"{issuer}/{kid}"}
    assert found.claims == said | {"iat": NOW, "exp": NOW + seconds} | claims
