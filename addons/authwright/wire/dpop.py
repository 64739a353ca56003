"""Proofs of possession: a token that is bound to a key, and the proof that each request carries (RFC 9449)."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ..flow.protocols import Ambient
from ..message import Request, Response
from ..secret import Secret
from .jose import signed

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

HEADER: Final = "DPoP"
NONCE: Final = "DPoP-Nonce"
USE_NONCE: Final = "use_dpop_nonce"
"""The error of a server that wants its nonce in the proof (sections 8 and 9)."""

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the group of P-256 (SEC 2, section 2.4.2)."""


def new_key(ambient: Ambient) -> Secret:
    """A fresh private key for ES256, as a JWK in JSON. It is derived from a nonce of *ambient*, so tests can fix it."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from joserfc.jwk import ECKey

    # 512 bits leave no bias when they are reduced to the order (FIPS 186-5, appendix A.2.1). Their entropy is 256 bits.
    seed = hashlib.sha512(f"{ambient.nonce()}{ambient.nonce()}".encode()).digest()
    scalar = int.from_bytes(seed) % (_ORDER - 1) + 1
    key = ECKey(ec.derive_private_key(scalar, ec.SECP256R1()), None)
    return Secret(json.dumps({name: key.as_dict(private=True)[name] for name in ("kty", "crv", "x", "y", "d")}))


def proof(key: Secret, request: Request, ambient: Ambient, *, nonce: str = "", access_token: Secret | None = None) -> str:
    """The value of the ``DPoP`` header for one sending of *request* (section 4.2).

    Args:
        key: the private key, as :func:`new_key` makes it.
        request: its method and its URL, without the query, are signed.
        ambient: the time of issue and the proof's identifier.
        nonce: the nonce that the server wants; empty when it wants none.
        access_token: the token that goes with it, at an origin server.
    """
    claims = {
        "jti": ambient.nonce(),
        "htm": request.method,
        "htu": f"{request.origin}{request.path}",
        "iat": int(ambient.now().timestamp()),
    }
    if access_token is not None:
        claims["ath"] = _sha256(access_token.reveal())
    if nonce:
        claims["nonce"] = nonce
    pair = _imported(key.reveal())
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": pair.as_dict(private=False)}
    return signed(header, claims, pair).reveal()


def shown(proof: str) -> str:
    """The header and the claims of *proof*, for a person to read. A proof holds no secret."""
    return ".".join(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode() for part in proof.split(".")[:2])


def next_nonce(response: Response) -> str:
    """The nonce that the server wants to see from now on (section 8.2), on any answer; empty when it names none."""
    return response.headers.get(NONCE) or ""


def wanted_nonce(response: Response) -> str:
    """The nonce to send a refused request with again; empty when the server refused it for another reason."""
    nonce = response.headers.get(NONCE) or ""
    if response.status == 401:
        return nonce if any(USE_NONCE in value for value in response.headers.get_all("WWW-Authenticate")) else ""
    return nonce if response.status == 400 and USE_NONCE.encode() in response.body else ""


def _sha256(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@lru_cache(maxsize=256)
def _imported(text: str) -> ECKey:
    from joserfc.jwk import ECKey

    return ECKey.import_key({**json.loads(text)})
