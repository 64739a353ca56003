"""Signed JSON Web Tokens (RFC 7515, RFC 7519) by RFC 7518's and RFC 8037's algorithms, as several schemes make them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ..parameters import ParameterError
from ..secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import Key
    from joserfc.jws import JWSRegistry

_KEY_TYPES: Final = {"RS": "RSAKey", "PS": "RSAKey", "ES": "ECKey", "Ed": "OKPKey"}
_CURVES: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


def shared_key(secret: bytes) -> Key:
    """The key of HS256, HS384 and HS512."""
    from joserfc import jwk

    with warnings.catch_warnings():
        # A secret shorter than its hash is weak (RFC 7518 section 3.2), but many servers use one.
        warnings.simplefilter("ignore")
        return jwk.OctKey.import_key(secret)


def private_key(algorithm: str, pem: Secret | None) -> Key:
    """The private key in *pem*, for any other algorithm. Parsing one costs up to 40 ms: do it once.

    Raises:
        ParameterError: there is none, or none that *algorithm* can sign with; points at ``private_key``.
    """
    from joserfc import jwk
    from joserfc.errors import JoseError

    if not pem:
        raise ParameterError(
            "private_key", f"{algorithm} signs with a private key, and there is none", "private_key: ${file:key.pem}"
        )
    key_type: Any = getattr(jwk, _KEY_TYPES[algorithm[:2]])
    try:
        key: Key = key_type.import_key(pem.reveal())
    except (ValueError, TypeError, JoseError) as error:
        raise ParameterError("private_key", f"the private key is not a PEM key for {algorithm}") from error
    if not key.is_private:
        raise ParameterError("private_key", "this is a public key; a signature needs the private one")
    if algorithm in _CURVES and getattr(key, "curve_name", "") != _CURVES[algorithm]:
        raise ParameterError("private_key", f"{algorithm} needs a key on curve {_CURVES[algorithm]}")
    return key


def signed(header: Mapping[str, Any], claims: Mapping[str, Any], key: Key) -> Secret:
    """The token of *claims*; the algorithm is the header's ``alg``."""
    from joserfc import jwt

    return Secret(jwt.encode(dict(header), dict(claims), key, registry=_registry()))


@cache
def _registry() -> JWSRegistry:
    """The registry of joserfc with the algorithms that the user names. It prints no advice, and takes any header field."""
    from joserfc.jws import JWSRegistry

    class Registry(JWSRegistry):
        def get_alg(self, name: str) -> Any:
            return self.algorithms[name]

    return Registry(strict_check_header=False)
