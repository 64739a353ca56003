"""Tokens that another implementation verifies, and keys that cannot sign refused."""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from tests.grants.keys import PEMS

from authwright.parameters import ParameterError
from authwright.secret import Secret
from authwright.wire import jose

CLAIMS = {"sub": "x", "n": 1}
SHORT = b"short"


@pytest.mark.parametrize(
    ("algorithm", "pem", "kind"),
    [
        ("RS256", "rsa", RSAKey),
        ("PS512", "rsa", RSAKey),
        ("ES256", "p256", ECKey),
        ("ES384", "p384", ECKey),
        ("ES512", "p521", ECKey),
    ],
)
def test_a_token_of_a_private_key_is_verified_with_it(algorithm, pem, kind):
    key = jose.private_key(algorithm, Secret(PEMS[pem]))
    token = jose.signed({"alg": algorithm, "x": "any"}, CLAIMS, key)
    found = jwt.decode(token.reveal(), kind.import_key(PEMS[pem]), algorithms=[algorithm], registry=jose._registry())
    assert (found.claims, found.header["x"]) == (CLAIMS, "any")
    assert token.reveal() not in repr(token)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_shared_key_may_be_shorter_than_its_hash_without_a_warning():
    token = jose.signed({"alg": "HS256"}, CLAIMS, jose.shared_key(SHORT))
    assert jwt.decode(token.reveal(), OctKey.import_key(SHORT), algorithms=["HS256"]).claims == CLAIMS


@pytest.mark.parametrize(
    ("algorithm", "pem", "sentence"),
    [
        ("RS256", None, "there is none"),
        ("RS256", "", "there is none"),
        ("RS256", "no key", "not a PEM key"),
        ("RS256", PEMS["p256"], "not a PEM key"),
        ("ES256", PEMS["rsa"], "not a PEM key"),
        ("ES256", PEMS["public"], "public key"),
        ("ES256", PEMS["p384"], "curve P-256"),
    ],
    ids=["none", "empty", "no PEM", "EC for RSA", "RSA for EC", "public", "another curve"],
)
def test_a_key_that_cannot_sign_is_refused_at_its_parameter(algorithm, pem, sentence):
    with pytest.raises(ParameterError, match=sentence) as caught:
        jose.private_key(algorithm, None if pem is None else Secret(pem))
    assert caught.value.name == "private_key"
