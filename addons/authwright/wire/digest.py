"""The arithmetic of Digest access authentication (RFC 7616 section 3.4, RFC 2617 section 3.2.2).

A1, A2 and the response, and how the credentials are written. Nothing here remembers anything.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

from ..message import Request
from .challenge import quoted

type DigestAlgorithm = Literal[
    "MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess", "SHA-512", "SHA-512-sess"
]
type Qop = Literal["auth", "auth-int"]

HASHES: Final[Mapping[str, str]] = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256", "SHA-512": "sha512"}
"""By strength, the weakest first."""
_SESS: Final = "-SESS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a response is computed under: a challenge's parameters.

    ``algorithm`` and ``qop`` are empty where the challenge did not say them: MD5, and the response of RFC 2069.
    """

    realm: str
    nonce: str
    algorithm: str = ""
    qop: str = ""
    opaque: str | None = None
    userhash: bool = False
    utf8: bool = False

    def hash(self, *parts: str | bytes) -> str:
        """``H`` of *parts* joined by colons."""
        raw = b":".join(part if isinstance(part, bytes) else _bytes(part) for part in parts)
        return hashlib.new(HASHES[base(self.algorithm)], raw, usedforsecurity=False).hexdigest()


class Count(NamedTuple):
    """The nonce count, as eight hexadecimal digits, and the client's nonce."""

    nc: str
    cnonce: str


class DigestAnswer(NamedTuple):
    """Credentials, and what they were made of; A1 without the password."""

    credentials: str
    a1: str
    a2: str
    response: str


def base(algorithm: str) -> str:
    """The hash of *algorithm*, without ``-sess``."""
    return algorithm.upper().removesuffix(_SESS) or "MD5"


def strength(algorithm: str) -> int:
    """How strong *algorithm* is; ``-1`` when it is not known."""
    name = base(algorithm)
    return list(HASHES).index(name) if name in HASHES else -1


def is_sess(algorithm: str) -> bool:
    """Whether the secret is bound to the nonces that it was first used with."""
    return algorithm.upper().endswith(_SESS)


def answer(terms: Terms, count: Count, username: str, password: str, request: Request) -> DigestAnswer:
    """The credentials for *request*.

    Args:
        terms: the challenge's.
        count: the nonce count and the client's nonce.
        username: as the user says it.
        password: likewise.
        request: its method and target are protected, and with ``auth-int`` its body.
    """
    if terms.utf8:  # RFC 7616 section 4: in Normalization Form C
        username, password = (unicodedata.normalize("NFC", text) for text in (username, password))
    secret, a1 = terms.hash(username, terms.realm, password), f"{username}:{terms.realm}:<password>"
    if is_sess(terms.algorithm):
        secret, a1 = terms.hash(secret, terms.nonce, count.cnonce), f"H({a1}):{terms.nonce}:{count.cnonce}"
    a2 = f"{request.method}:{request.target}"
    if terms.qop == "auth-int":
        a2 = f"{a2}:{terms.hash(request.body)}"
    between = (terms.nonce, count.nc, count.cnonce, terms.qop) if terms.qop else (terms.nonce,)
    response = terms.hash(secret, *between, terms.hash(a2))
    return DigestAnswer(_written(terms, count, username, request.target, response), a1, a2, response)


def _written(terms: Terms, count: Count, username: str, uri: str, response: str) -> str:
    fields = [
        _user(terms, username),
        f"realm={quoted(terms.realm)}",
        f"nonce={quoted(terms.nonce)}",
        f"uri={quoted(uri)}",
        f'response="{response}"',
        f"algorithm={terms.algorithm}" if terms.algorithm else "",
        "" if terms.opaque is None else f"opaque={quoted(terms.opaque)}",
        f"qop={terms.qop}, nc={count.nc}, cnonce={quoted(count.cnonce)}" if terms.qop else "",
        f"cnonce={quoted(count.cnonce)}" if not terms.qop and is_sess(terms.algorithm) else "",
        "userhash=true" if terms.userhash else "",
    ]
    return ", ".join(field for field in fields if field)


def _user(terms: Terms, username: str) -> str:
    if terms.userhash:
        return f'username="{terms.hash(username, terms.realm)}"'
    if terms.utf8 and not username.isascii():  # RFC 7616 section 3.4: what a quoted-string has no place for
        return f"username*=UTF-8''{quote(username, safe='')}"
    return f"username={quoted(username)}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
