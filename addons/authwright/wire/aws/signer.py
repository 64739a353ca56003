"""Signs one request, in the Authorization header or the query, and keeps the intermediate products."""

from __future__ import annotations

from typing import Final, NamedTuple

from ...message import Headers, Request
from ..query import append
from .access_keys import AccessKeys
from .canonical import S3, canonical_headers, canonical_path, canonical_query, canonical_request
from .signature import ALGORITHM, Scope, signature, signing_key, string_to_sign

CONTENT: Final = "X-Amz-Content-Sha256"
_TOKEN: Final = "X-Amz-Security-Token"
_TOKEN_LAST: Final = frozenset(("iotdevicegateway",))
"""Services that take the session token after the signature (AWS IoT Core, "Device communication protocols")."""


type SignedFields = tuple[tuple[str, str], ...]


class Signed(NamedTuple):
    """A signed request and its intermediate products."""

    request: Request
    canonical_request: str
    string_to_sign: str
    signature: str


class Signer(NamedTuple):
    """Signs one request.

    Args:
        keys: the access keys.
        scope: the day, region and service to sign for.
        amz_date: the time, as ``20150830T123600Z``.
        payload: the body's SHA-256 in hexadecimal, or the word that stands for it.
        says_payload: whether a header says so.
    """

    keys: AccessKeys
    scope: Scope
    amz_date: str
    payload: str
    says_payload: bool = False

    @property
    def key(self) -> bytes:
        """The signing key."""
        return signing_key(self.keys.secret_access_key, self.scope)

    def in_header(self, request: Request) -> Signed:
        """*request* with its signature in the Authorization header."""
        fields = (*request.headers.fields, *self.fields)
        headers = self._headers(request, fields)
        made = self._made(request, headers)
        authorization = self.authorization(";".join(headers), made[-1])
        return Signed(request.with_headers(Headers((*fields, authorization))), *made)

    @property
    def fields(self) -> SignedFields:
        """The headers that are signed with the request's own."""
        token = self.keys.session_token
        content = ((CONTENT, self.payload),) if self.says_payload else ()
        return (*content, ("X-Amz-Date", self.amz_date), *(((_TOKEN, token.reveal()),) if token else ()))

    def authorization(self, names: str, made: str) -> tuple[str, str]:
        """The header with the signature *made* of the headers of these *names*."""
        return "Authorization", f"{ALGORITHM} Credential={self._credential}, SignedHeaders={names}, Signature={made}"

    def in_query(self, request: Request, expires: int) -> Signed:
        """*request* with its signature at the end of its query, good for *expires* seconds."""
        if self.says_payload:
            request = request.with_header(CONTENT, self.payload)
        headers = self._headers(request, request.headers.fields)
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
        ready = _extended(request, parameters | first)
        made = self._made(ready, headers)
        return Signed(_extended(ready, {"X-Amz-Signature": made[-1]} | last), *made)

    @property
    def _credential(self) -> str:
        return f"{self.keys.access_key_id}/{self.scope}"

    def _headers(self, request: Request, fields: SignedFields) -> dict[str, str]:
        headers = canonical_headers(fields)
        if "host" not in headers:  # HTTP/2 has :authority instead
            headers = canonical_headers((("Host", request.authority or request.origin.authority), *fields))
        return headers

    def _made(self, request: Request, headers: dict[str, str]) -> tuple[str, str, str]:
        """Canonical request, string to sign and signature."""
        path = canonical_path(request.path, s3=self.scope.service in S3)
        canonical = canonical_request(request.method, path, canonical_query(request.query), headers, self.payload)
        text = string_to_sign(self.amz_date, self.scope, canonical)
        return canonical, text, signature(self.key, text)


def _extended(request: Request, parameters: dict[str, str]) -> Request:
    target = request.target
    for name, value in parameters.items():
        target = append(target, name, value)
    return request.with_target(target)
