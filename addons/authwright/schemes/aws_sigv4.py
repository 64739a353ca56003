"""AWS Signature Version 4 in the Authorization header or the query (AWS General Reference, "Signature Version 4").

When the client has signed the request with keys of its own, the scheme signs it anew. The client's signature names the service
and the region.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, Literal, NoReturn

from ..errors import RequestError
from ..flow.bases import SchemeBase
from ..flow.commands import forward, note, provide
from ..flow.language import Flow
from ..flow.protocols import Remembering
from ..message import Place, Request, Response
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire.aws.access_keys import AccessKeys
from ..wire.aws.canonical import S3
from ..wire.aws.chunks import SIGNED, STREAMING, UNSIGNED_TRAILER, rechunked
from ..wire.aws.claims import ScopeClaims, claims_of, without_claims
from ..wire.aws.clock import ServerClock
from ..wire.aws.endpoint import endpoint
from ..wire.aws.signature import Scope, amz_date_of, sha256
from ..wire.aws.signer import CONTENT, Signed, Signer
from ..wire.aws.stamp import SigV4Stamp

UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_LONGEST: Final = 604_800
"""Seconds that a presigned URL may be good for at most: a week."""
_LIFETIME: Final = 900
_HASHED: Final = S3 | {"aoss", "glacier"}
"""Services that want the payload's hash in a header, also for a request without a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsSigV4(SchemeBase):
    """An AWS signature over the request, in the Authorization header or the query."""

    type: ClassVar[str] = "aws_sigv4"
    places: ClassVar[tuple[Place, ...]] = (
        Place("header", "Authorization", learns=True),
        Place("query", "X-Amz-Signature", learns=True),
    )

    access_key_id: str = param("The access key ID.", default="", example="${env:AWS_ACCESS_KEY_ID}")
    secret_access_key: Secret = param("Its secret.", default=Secret(""), example="${env:AWS_SECRET_ACCESS_KEY}")
    session_token: Secret = param("The token that goes with temporary keys.", default=Secret(""))
    profile: str = param("A profile of the AWS configuration files, in place of keys given here.", default="")
    region: str = param("The region to sign for; else what the client signed for, or what the host says.", default="")
    service: str = param("The service to sign for; else what the client signed for, or what the host says.", default="")
    placement: Literal["header", "query"] = param("Where the signature goes.", default="header")
    expires: int = param("How many seconds a signature in the query is good for; else what the client said, or 900.", default=0)
    payload: Literal["signed", "unsigned"] = param("Whether the body is signed; unsigned, it streams past.", default="signed")

    _given: AccessKeys | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if bool(self.access_key_id) != bool(self.secret_access_key):
            missing = "secret_access_key" if self.access_key_id else "access_key_id"
            raise ParameterError(missing, "access_key_id and secret_access_key go together", f"add {missing}, or name a profile")
        if self.access_key_id and self.profile:
            raise ParameterError("profile", "keys and a profile are both given", "take one of them away")
        if self.session_token and not self.access_key_id:
            raise ParameterError(
                "session_token", "a session token goes with keys that are given", "add access_key_id and its secret"
            )
        if not 0 <= self.expires <= _LONGEST:
            raise ParameterError("expires", f"a signature in the query is good for 1 to {_LONGEST} seconds", "expires: 900")
        given = AccessKeys(self.access_key_id, self.secret_access_key, self.session_token or None)
        object.__setattr__(self, "_given", given if self.access_key_id else None)

    def reads_body(self, request: Request) -> bool:
        claims = claims_of(request)
        payload = self._payload(request.headers.get(CONTENT) or "", self._service(request, claims), claims)
        return not payload or (payload in SIGNED and not request.streamed)

    def authorize(self, request: Request, ambient: Remembering) -> Flow[None]:
        keys = self._given or (yield from provide(AccessKeys, self.profile))
        clock = ambient.recall(ServerClock)
        response = yield from self._sent(request, keys, clock.time(ambient.now()))
        if clock.corrected(response, ambient.now()):
            yield from self._sent(request, keys, clock.time(ambient.now()))

    def _sent(self, request: Request, keys: AccessKeys, at: datetime) -> Flow[Response]:
        signed = self._signed(request, keys, at)
        yield from note("canonical request", signed.canonical_request)
        yield from note("string to sign", signed.string_to_sign)
        return (yield from forward(signed.request, *keys.secrets, Secret(signed.signature)))

    def _signed(self, request: Request, keys: AccessKeys, at: datetime) -> Signed:
        claims = claims_of(request)
        signer = self._signer(request, keys, claims, amz_date_of(at))
        payload, ready = signer.payload, without_claims(request)
        if self.placement == "header":
            signed = signer.in_header(ready)
        else:
            signed = signer.in_query(ready, self.expires or claims.expires or _LIFETIME)
        if payload in SIGNED:
            return signed._replace(request=rechunked(signed.request, signer, signed.signature))
        return signed

    def _signer(self, request: Request, keys: AccessKeys, claims: ScopeClaims, amz_date: str) -> Signer:
        service = self._service(request, claims)
        said = request.headers.get(CONTENT) or ""
        payload = self._payload(said, service, claims) or sha256(request.body)
        scope = Scope(amz_date[:8], self._region(request, claims, keys), service)
        return Signer(keys, scope, amz_date, payload, self._says(request, said, service, payload))

    def stamp(self, request: Request, ambient: Remembering) -> SigV4Stamp | None:
        """A stamp when the signature goes into a header, covers the body and is made with keys given here.

        There is none for a body of signed chunks, or when the client has signed in the query.
        """
        if self._given is None or self.placement == "query" or not self.reads_body(request):
            return None
        claims = claims_of(request)
        signer = self._signer(request, self._given, claims, amz_date_of(ambient.now()))
        bare = without_claims(request)
        if signer.payload in STREAMING or bare.target != request.target:
            return None
        return SigV4Stamp.of(bare, signer, lambda: ambient.recall(ServerClock))

    def _payload(self, said: str, service: str, claims: ScopeClaims) -> str:
        """The text that stands for the body in the signature; empty when that is the hash of a body to be read."""
        if said.startswith("STREAMING-"):
            if said in STREAMING:
                return said
            raise RequestError(
                f"The client streams its body as {said[:80]}, which cannot be signed again.",
                code="payload_form",
                hint=f"Let it send {UNSIGNED_TRAILER} or {UNSIGNED}, or the whole body at once.",
            )
        if self.payload == "unsigned" or said == UNSIGNED:
            return UNSIGNED
        if service not in S3:
            return ""
        if self.placement == "header" and _SHA256.match(said):
            return said  # S3 compares the hash with the body
        return UNSIGNED if self.placement == "query" or claims.presigned else ""

    def _says(self, request: Request, said: str, service: str, payload: str) -> bool:
        """True when a header must say how the body is signed."""
        if self.placement == "query":
            return bool(said) and not (service in S3 and payload == UNSIGNED)  # S3 assumes that of the query
        return bool(said or request.body) or service in _HASHED or payload == UNSIGNED

    def _service(self, request: Request, claims: ScopeClaims) -> str:
        service = self.service or claims.service or endpoint(request.origin.host).service
        return service or _unknown("service", request)

    def _region(self, request: Request, claims: ScopeClaims, keys: AccessKeys) -> str:
        region = self.region or claims.region or endpoint(request.origin.host).region or keys.region
        return region or _unknown("region", request)


def _unknown(what: str, request: Request) -> NoReturn:
    raise RequestError(
        f"The AWS {what} to sign for is not known: the credential names none, the client did not sign, "
        f"and {request.origin.host} does not say it.",
        code="aws_scope",
        hint=f"Add {what}: to the credential.",
    )
