"""The arithmetic of Digest access authentication (RFC 7616 section 3.4, RFC 2617 section 3.2.2).

It makes A1, A2 and the response, and writes the credentials. It keeps no state.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

from ..message import Request
from ..octets import bytes_of
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
    """The parameters of a challenge, which a response is computed with.

    ``algorithm`` and ``qop`` are empty when the challenge does not name them. They stand for MD5 and the response of RFC 2069.
    """

    realm: str
    nonce: str
    algorithm: str = ""
    qop: str = ""
    opaque: str | None = None
    userhash: bool = False
    utf8: bool = False

    def text(self, said: str) -> str:
        """A user name or password as it is hashed: in Normalization Form C when the server says UTF-8 (RFC 7616 section 4)."""
        return unicodedata.normalize("NFC", said) if self.utf8 else said

    def hash(self, *parts: str | bytes) -> str:
        """``H`` of *parts* joined by colons."""
        raw = b":".join(part if isinstance(part, bytes) else bytes_of(part) for part in parts)
        return hashlib.new(HASHES[base(self.algorithm)], raw, usedforsecurity=False).hexdigest()


class Count(NamedTuple):
    """The nonce count, as eight hexadecimal digits, and the client's nonce."""

    nc: str
    cnonce: str


class A1(NamedTuple):
    """``H(A1)``, and A1 as a person may see it: without the password."""

    hashed: str
    shown: str


def base(algorithm: str) -> str:
    """The hash of *algorithm*, without ``-sess``."""
    return algorithm.upper().removesuffix(_SESS) or "MD5"


def strength(algorithm: str) -> int:
    """The rank of *algorithm* by strength; ``-1`` when it is unknown."""
    name = base(algorithm)
    return list(HASHES).index(name) if name in HASHES else -1


def is_sess(algorithm: str) -> bool:
    """True when A1 is bound to the nonces that it was first used with."""
    return algorithm.upper().endswith(_SESS)


def a1(terms: Terms, count: Count, username: str, password: str) -> A1:
    """A1: user, realm and password (RFC 7616 section 3.4.2). With ``-sess`` it is bound to both nonces of its first use."""
    secret = terms.hash(terms.text(username), terms.realm, terms.text(password))
    shown = f"{terms.text(username)}:{terms.realm}:<password>"
    if not is_sess(terms.algorithm):
        return A1(secret, shown)
    return A1(terms.hash(secret, terms.nonce, count.cnonce), f"H({shown}):{terms.nonce}:{count.cnonce}")


def a2(terms: Terms, request: Request) -> str:
    """A2: method and request-target, and with ``auth-int`` the hash of the body (RFC 7616 section 3.4.3)."""
    protected = f"{request.method}:{request.target}"
    return f"{protected}:{terms.hash(request.body)}" if terms.qop == "auth-int" else protected


def response_of(terms: Terms, count: Count, hashed_a1: str, a2: str) -> str:
    """The ``response``: ``KD(H(A1), unq(nonce) …, H(A2))`` (RFC 7616 section 3.4.1); without ``qop`` that of RFC 2069."""
    between = (terms.nonce, count.nc, count.cnonce, terms.qop) if terms.qop else (terms.nonce,)
    return terms.hash(hashed_a1, *between, terms.hash(a2))


def credentials(terms: Terms, count: Count, username: str, uri: str, response: str) -> str:
    """The parameters of the Authorization header field (RFC 7616 section 3.4), without the word ``Digest``.

    Args:
        terms: the challenge's.
        count: the nonce count and the client's nonce.
        username: as the user says it.
        uri: the request-target.
        response: what :func:`response_of` made.
    """
    fields = [
        _user(terms, terms.text(username)),
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
    if terms.utf8 and not username.isascii():  # RFC 7616 section 3.4: a quoted-string has no place for it
        return f"username*=UTF-8''{quote(username, safe='')}"
    return f"username={quoted(username)}"
