"""The canonical request of Signature Version 4, in its parts ("Create a canonical request").

The server makes the same text of the request that it receives. So the text leaves out what may change on the way, and writes
in one form what can be written in two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from ...octets import bytes_of

S3: Final = frozenset(("s3", "s3-object-lambda", "s3-outposts", "s3express"))
"""Services whose paths are encoded once. Their requests say in a header how the payload is signed."""

_HOP_BY_HOP: Final = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect"}
"""Headers that go no further than the next hop (RFC 9110 section 7.6.1)."""
_VOLATILE: Final = {
    "accept-encoding",
    "cache-control",
    "content-length",
    "forwarded",
    "from",
    "max-forwards",
    "pragma",
    "referer",
    "via",
}
"""Headers that proxies and load balancers add, change or remove."""
_FOLLOWING: Final = {"user-agent", "x-amzn-trace-id", "baggage", "traceparent", "tracestate", "authorization"}
"""Headers that name the client or trace the request, and the signature itself."""
_UNSIGNED: Final = frozenset(_HOP_BY_HOP | _VOLATILE | _FOLLOWING)
_UNSIGNED_PREFIXES: Final = ("proxy-", "sec-", "x-forwarded-")

_SPACES: Final = re.compile(r"[ \t]{2,}|\t")


@lru_cache(maxsize=1024)
def canonical_path(path: str, *, s3: bool) -> str:
    """*path* as sent: for S3 each segment encoded once; elsewhere without dot segments and empty ones, and encoded again."""
    if s3:
        return "/".join(_encoded(unquote_to_bytes(bytes_of(segment))) for segment in path.split("/"))
    return _encoded(bytes_of(_normalised(path)), keep="/")


def _normalised(path: str) -> str:
    """*path* without dot segments and repeated slashes. Unlike in RFC 3986, ``/a/.`` ends without a slash."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and path.endswith("/") else ""
    return f"/{'/'.join(kept)}{end}"


@lru_cache(maxsize=1024)
def canonical_query(query: str) -> str:
    """The parameters of *query*, each encoded once, in the order of their encoded names and then values."""
    return "&".join(f"{name}={value}" for name, value in sorted(map(_parameter, filter(None, query.split("&")))))


def _parameter(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return _reencoded(name), _reencoded(value)


def _reencoded(text: str) -> str:
    return _encoded(unquote_to_bytes(bytes_of(text.replace("+", " "))))


def canonical_headers(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers that are signed, by lower-case name in order; several values of one name are joined by commas."""
    found: dict[str, str] = {}
    for name, value in fields:
        key = _signed_as(name)
        if key:
            text = _SPACES.sub(" ", value).strip(" ") if "  " in value or "\t" in value else value
            found[key] = f"{found[key]},{text}" if key in found else text
    return dict(sorted(found.items()))


@lru_cache(maxsize=4096)
def _signed_as(name: str) -> str:
    """The name under which a header is signed; empty where it is not."""
    key = name.lower()
    return "" if key in _UNSIGNED or key.startswith(_UNSIGNED_PREFIXES) else key


def canonical_request(method: str, path: str, query: str, headers: dict[str, str], payload: str) -> str:
    """The whole of it.

    Args:
        method: the HTTP method.
        path: the canonical path.
        query: the canonical query.
        headers: what :func:`canonical_headers` found.
        payload: the body's SHA-256 in hexadecimal, or the word that stands for it.
    """
    lines = "".join([f"{name}:{value}\n" for name, value in headers.items()])
    return f"{method}\n{path}\n{query}\n{lines}\n{';'.join(headers)}\n{payload}"


def _encoded(raw: bytes, keep: str = "") -> str:
    return quote(raw, safe=f"-_.~{keep}")
