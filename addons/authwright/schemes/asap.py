"""ASAP, Atlassian's service to service authentication (s2sauth.bitbucket.io, specification 1.0), by short-lived JWTs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import unquote

from ..flow.bases import SchemeBase
from ..flow.commands import forward, note
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..message import Place, Request
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire import jose
from ..wire.placement import in_header

type AsapAlgorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asap(SchemeBase):
    """A token that says which service asks, signed afresh for each request."""

    type: ClassVar[str] = "asap"
    places: ClassVar[tuple[Place, ...]] = (Place("header", "Authorization"),)

    issuer: str = param("Who asks (iss).", example="orders")
    audience: tuple[str, ...] = param("Who is asked (aud).", example="billing")
    key_id: str = param("The key's identifier (kid); it begins with the issuer and a slash.", default="", example="orders/key-1")
    private_key: Secret = param(
        "The private key in PEM, or as a data: URL of PKCS #8 that may say the kid.", example="${file:key.pem}"
    )
    subject: str = param("For whom (sub); the issuer when it is not given.", default="")
    algorithm: AsapAlgorithm = param("The signature algorithm.", default="RS256")
    expires_in: timedelta = param("How long a token is good for; an hour at most.", default=timedelta(hours=1))
    claims: Mapping[str, Any] | None = param("Further claims; they replace the ones made here.", default=None)

    _key: Any = field(init=False, repr=False, compare=False)
    _kid: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("issuer", "audience"):
            if not getattr(self, name):
                raise ParameterError(name, f"the {name} is empty")
        if not timedelta(0) < self.expires_in <= timedelta(hours=1):
            raise ParameterError("expires_in", "a token lives for an hour at most, and longer than nothing", "expires_in: 1h")
        kid, pem = _opened(self.private_key)
        if self.key_id and kid and kid != self.key_id:
            raise ParameterError("key_id", "the private key says another kid than key_id")
        if not (self.key_id or kid):
            raise ParameterError("key_id", "the key identifier is missing", f"key_id: {self.issuer}/key-1")
        object.__setattr__(self, "_kid", self.key_id or kid)
        object.__setattr__(self, "_key", jose.private_key(self.algorithm, pem))

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        now = int(ambient.now().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": self.subject or self.issuer,
            "aud": self.audience[0] if len(self.audience) == 1 else list(self.audience),
            "iat": now,
            "exp": now + int(self.expires_in.total_seconds()),
            "jti": ambient.nonce(),
            **(self.claims or {}),
        }
        header = {"typ": "JWT", "kid": self._kid, "alg": self.algorithm}
        yield from note("JOSE header", json.dumps(header))
        yield from note("claims", json.dumps(claims))
        token = jose.signed(header, claims, self._key)
        yield from forward(in_header(request, "Authorization", "Bearer", token.reveal()), token)


def _opened(key: Secret) -> tuple[str, Secret]:
    """The kid that *key* names, and the key in PEM, also from a data URL (``data:application/pkcs8;kid=…;base64,…``)."""
    text = key.reveal().strip()
    if not text.startswith("data:"):
        return "", key
    head, _, data = text.partition(",")
    parameters = dict(part.partition("=")[::2] for part in head.split(";")[1:])
    try:
        der = base64.b64decode(unquote(data), validate=True)
    except (binascii.Error, ValueError):
        der = b""
    if "base64" not in parameters or not der:
        raise ParameterError("private_key", "the private key's data: URL is not base64", "data:application/pkcs8;kid=…;base64,…")
    pem = f"-----BEGIN PRIVATE KEY-----\n{base64.encodebytes(der).decode()}-----END PRIVATE KEY-----\n"
    return unquote(parameters.get("kid", "")), Secret(pem)
