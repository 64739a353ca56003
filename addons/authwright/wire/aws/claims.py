"""The scope of a client's own signature, and the request without that signature. The scope counts; the keys may be dummies."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ...message import Request
from ..query import values, without_any

_HEADERS: Final = frozenset(("authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-region-set"))
_QUERY: Final = frozenset(
    f"X-Amz-{name}"
    for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature", "Security-Token", "Content-Sha256")
)
_SCOPE: Final = re.compile(r"AWS4-HMAC-SHA256\b.*?\bCredential=[^,\s]*?/[0-9]{8}/([\w-]+)/([\w-]+)/aws4_request(?![\w/])")
_REGIONLESS: Final = re.compile(r"AWS4-ECDSA-P256-SHA256\b.*?\bCredential=[^,\s]*?/[0-9]{8}/()([\w-]+)/aws4_request(?![\w/])")
"""Version 4A signs for several regions, so its scope names none."""


class ScopeClaims(NamedTuple):
    """The scope that a client signed for, empty when it did not sign.

    Args:
        region: the scope's region; empty in version 4A.
        service: the scope's service.
        presigned: whether the signature stands in the query.
        expires: how many seconds a signature in the query is good for.
    """

    region: str = ""
    service: str = ""
    presigned: bool = False
    expires: int = 0


_NONE: Final = ScopeClaims()


def claims_of(request: Request) -> ScopeClaims:
    """The scope that the client of *request* signed for."""
    if "X-Amz-" in request.target and (credential := _first(request, "X-Amz-Credential")):
        expires = _first(request, "X-Amz-Expires")
        algorithm = _first(request, "X-Amz-Algorithm")
        region, service = _scope(f"{algorithm} Credential={credential}")
        return ScopeClaims(region, service, presigned=True, expires=int(expires) if re.fullmatch("[0-9]{1,6}", expires) else 0)
    authorization = request.headers.get("Authorization")
    return ScopeClaims(*_scope(authorization)) if authorization else _NONE


def without_claims(request: Request) -> Request:
    """*request* as if its client had not signed it."""
    headers = request.headers.without_any(_HEADERS)
    bare = request if headers is request.headers else request.with_headers(headers)
    return bare.with_target(without_any(bare.target, _QUERY)) if "X-Amz-" in bare.target else bare


def _first(request: Request, name: str) -> str:
    return next(iter(values(request.target, name)), "")


def _scope(text: str) -> tuple[str, str]:
    found = _SCOPE.match(text) or _REGIONLESS.match(text)
    return (found[1], found[2]) if found else ("", "")
