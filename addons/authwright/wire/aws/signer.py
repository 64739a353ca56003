"""One request signed, in the Authorization header or the query, with everything that was made on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from ...flow import AccessKeys
from ...message import Headers, Request
from ..query import append
from .canonical import S3, canonical_headers, canonical_path, canonical_query, canonical_request
from .signature import ALGORITHM, Scope, signature, signing_key, string_to_sign

_TOKEN: Final = "X-Amz-Security-Token"
_TOKEN_LAST: Final = frozenset(("iotdevicegateway",))
"""Services that take the session token after the signature (AWS IoT Core, "Device communication protocols")."""


class Signed(NamedTuple):
    """A signed request and its intermediate products."""

    request: Request
    canonical_request: str
    string_to_sign: str
    signature: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs one request.

    Args:
        keys: the access keys.
        scope: for what, and for which day.
        amz_date: the time, as ``20150830T123600Z``.
        payload: the body's SHA-256 in hexadecimal, or the word that stands for it.
    """

    keys: AccessKeys
    scope: Scope
    amz_date: str
    payload: str

    @property
    def key(self) -> bytes:
        """The signing key."""
        return signing_key(self.keys.secret_access_key, self.scope)

    def in_header(self, request: Request) -> Signed:
        """*request* with its signature in the Authorization header."""
        token = self.keys.session_token
        more = (("X-Amz-Date", self.amz_date), *([(_TOKEN, token.reveal())] if token else ()))
        ready = replace(request, headers=Headers((*request.headers.fields, *more)))
        headers = self._headers(ready)
        signed = self._signed(ready, headers)
        value = f"{ALGORITHM} Credential={self._credential}, SignedHeaders={';'.join(headers)}, Signature={signed.signature}"
        fields = (*ready.headers.fields, ("Authorization", value))
        return signed._replace(request=replace(ready, headers=Headers(fields)))

    def in_query(self, request: Request, expires: int) -> Signed:
        """*request* with its signature at the end of its query, good for *expires* seconds."""
        headers = self._headers(request)
        token = self.keys.session_token.reveal() if self.keys.session_token else ""
        parameters = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": self._credential,
            "X-Amz-Date": self.amz_date,
            "X-Amz-Expires": str(expires),
            "X-Amz-SignedHeaders": ";".join(headers),
        }
        last = {_TOKEN: token} if token and self.scope.service in _TOKEN_LAST else {}
        first = {_TOKEN: token} if token and not last else {}
        signed = self._signed(_extended(request, parameters | first), headers)
        return signed._replace(request=_extended(signed.request, {"X-Amz-Signature": signed.signature} | last))

    @property
    def _credential(self) -> str:
        return f"{self.keys.access_key_id}/{self.scope}"

    def _headers(self, request: Request) -> dict[str, str]:
        fields = request.headers.fields
        if "Host" not in request.headers:  # HTTP/2 says it in a field of its own
            fields = (("Host", request.authority or request.origin.authority), *fields)
        return canonical_headers(fields)

    def _signed(self, request: Request, headers: dict[str, str]) -> Signed:
        path = canonical_path(request.path, s3=self.scope.service in S3)
        canonical = canonical_request(request.method, path, canonical_query(request.query), headers, self.payload)
        text = string_to_sign(self.amz_date, self.scope, canonical)
        return Signed(request, canonical, text, signature(self.key, text))


def _extended(request: Request, parameters: dict[str, str]) -> Request:
    target = request.target
    for name, value in parameters.items():
        target = append(target, name, value)
    return request.with_target(target)
