"""A JSON Web Token, made for each request (RFC 7519, signed by RFC 7515 with RFC 7518's and RFC 8037's algorithms)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..flow.bases import SchemeBase
from ..flow.commands import forward, note
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..message import Place, Request
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire import jose
from ..wire.placement import in_header, in_query

if TYPE_CHECKING:
    from joserfc.jwk import Key

type JwtAlgorithm = Literal[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt(SchemeBase):
    """A JSON Web Token, signed afresh for each request."""

    type: ClassVar[str] = "jwt"

    algorithm: JwtAlgorithm = param("The signature algorithm.", default="HS256")
    secret: Secret | None = param("The shared secret of HS256, HS384 and HS512.", default=None, example="${env:JWT_SECRET}")
    secret_base64: bool = param("Whether the secret is written in base64.", default=False)
    private_key: Secret | None = param(
        "The private key in PEM, for every other algorithm.", default=None, example="${file:key.pem}"
    )
    header: Mapping[str, Any] = param("Further fields of the JOSE header, such as kid.", default=None, example={"kid": "2026-01"})
    claims: Mapping[str, Any] = param("The claims.", default=None, example={"iss": "orders-cli", "aud": "orders"})
    lifetime: timedelta | None = param(
        "Adds iat (now) and exp (now plus this), unless the claims have them.", default=None, example="5m"
    )
    placement: Literal["header", "query"] = param("Where the token goes.", default="header")
    prefix: str = param("The word before the token in the header; empty for the bare token.", default="Bearer")
    query_name: str = param("The name of the query parameter.", default="token")

    _key: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Parsing a key costs up to 40 ms: done here, once, and not for each request.
        object.__setattr__(self, "_key", self._load_key())
        if self.lifetime is not None and self.lifetime <= timedelta(0):
            raise ParameterError("lifetime", "the lifetime must be longer than nothing")

    @property
    def places(self) -> tuple[Place, ...]:
        return (Place("header", "Authorization") if self.placement == "header" else Place("query", self.query_name),)

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        header = {"typ": "JWT", **(self.header or {}), "alg": self.algorithm}
        claims = self._claims(ambient)
        yield from note("JOSE header", json.dumps(header))
        yield from note("claims", json.dumps(claims))
        token = jose.signed(header, claims, self._key)
        if self.placement == "header":
            placed = in_header(request, "Authorization", self.prefix, token.reveal())
        else:
            placed = in_query(request, self.query_name, token.reveal())
        yield from forward(placed, token)

    def _claims(self, ambient: Ambient) -> dict[str, Any]:
        claims = dict(self.claims or {})
        if self.lifetime is not None:
            now = int(ambient.now().timestamp())
            claims = {"iat": now, "exp": now + int(self.lifetime.total_seconds()), **claims}
        return claims

    def _load_key(self) -> Key:
        if self.algorithm.startswith("HS"):
            return jose.shared_key(self._shared_secret())
        return jose.private_key(self.algorithm, self.private_key)

    def _shared_secret(self) -> bytes:
        if not self.secret:
            raise ParameterError(
                "secret", f"{self.algorithm} signs with a shared secret, and there is none", "secret: ${env:JWT_SECRET}"
            )
        raw = self.secret.reveal().encode()
        if not self.secret_base64:
            return raw
        try:
            padded = raw.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
            return base64.b64decode(padded + b"=" * (-len(padded) % 4), validate=True)
        except binascii.Error:
            raise ParameterError("secret", "the secret is not base64, and secret_base64 says it is") from None
