"""Private keys in PEM (RFC 7468); a key's type determines its algorithms. Parsing costs up to 40 ms, so it is cached."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ..parameters import ParameterError
from ..secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import Key

_OF_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_OF_CURVE: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA", "Ed448": "EdDSA"}


def signing_key(name: str, pem: Secret) -> Key:
    """The private key in *pem*: RSA, EC or Ed25519.

    Raises:
        ParameterError: it is none; pointing at the parameter *name*.
    """
    try:
        return _parsed(pem.reveal())
    except (ValueError, TypeError) as error:
        if "password" in str(error).lower():
            hint = "openssl pkey -in KEY.pem -out PLAIN.pem takes the password off"
            raise ParameterError(name, f"{name} is encrypted with a password.", hint) from None
        raise ParameterError(name, f"{name} is not a private key in PEM.", f"{name}: ${{file:key.pem}}") from None


def algorithms_of(key: Key) -> tuple[str, ...]:
    """The signature algorithms that fit *key* (RFC 7518 section 3.1, RFC 8037), the usual one first."""
    return _OF_RSA if key.key_type == "RSA" else (_OF_CURVE[str(key.as_dict(private=False)["crv"])],)


@lru_cache(maxsize=64)
def _parsed(pem: str) -> Key:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from joserfc import jwk
    from joserfc.errors import JoseError

    try:
        raw = load_pem_private_key(pem.encode(), None)
        if isinstance(raw, RSAPrivateKey):
            return jwk.RSAKey.import_key(pem)
        return jwk.ECKey.import_key(pem) if isinstance(raw, EllipticCurvePrivateKey) else jwk.OKPKey.import_key(pem)
    except (UnsupportedAlgorithm, JoseError) as error:
        raise ValueError(str(error)) from None
