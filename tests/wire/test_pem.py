"""A PEM tells itself which algorithms its key signs with."""

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.grants.keys import CERTIFICATE, PEMS

from authwright.parameters import ParameterError
from authwright.secret import Secret
from authwright.wire.pem import algorithms_of, signing_key


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("text", "first", "count"),
    [
        (PEMS["rsa"], "RS256", 6),
        (PEMS["p256"], "ES256", 1),
        (PEMS["p384"], "ES384", 1),
        (PEMS["p521"], "ES512", 1),
        (pem(ed25519.Ed25519PrivateKey.generate()), "EdDSA", 1),
    ],
    ids=["RSA", "P-256", "P-384", "P-521", "Ed25519"],
)
def test_each_key_has_its_algorithms_the_usual_one_first(text, first, count):
    found = algorithms_of(signing_key("private_key", Secret(text)))
    assert (found[0], len(found)) == (first, count)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not a private key"),
        ("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n", "not a private key"),
        (CERTIFICATE, "not a private key"),
        (PEMS["public"], "not a private key"),
        (PEMS["encrypted"], "encrypted with a password"),
        (pem(dsa.generate_private_key(1024)), "not a private key"),
    ],
    ids=["empty", "broken", "a certificate", "a public key", "encrypted", "DSA"],
)
def test_a_text_that_is_no_usable_key_is_refused_without_being_shown(text, sentence):
    with pytest.raises(ParameterError, match=sentence) as caught:
        signing_key("client_key", Secret(text))
    assert caught.value.name == "client_key"
    assert caught.value.hint
    assert "BEGIN" not in caught.value.message
