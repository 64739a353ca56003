"""Keys that are made once for all tests, and a certificate of one of them."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.certificates import certificate

_MADE = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "p521": ec.generate_private_key(ec.SECP521R1()),
}
KEYS = {name: "RSA" if name == "rsa" else "EC" for name in _MADE}
"""Each key's type (RFC 7518 section 6.1)."""


def _pem(key, encryption):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


PEMS = {
    **{name: _pem(key, NoEncryption()) for name, key in _MADE.items()},
    "public": _MADE["p256"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    "encrypted": _pem(_MADE["p256"], BestAvailableEncryption(b"password")),
}
CERTIFICATE = certificate("client", None, _MADE["p256"], _MADE["p256"], ca=False).public_bytes(Encoding.PEM).decode()
