"""String to sign, signing key and signature of Signature Version 4 ("Create a string to sign", "Calculate the signature")."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from ...octets import bytes_of
from ...secret import Secret

ALGORITHM: Final = "AWS4-HMAC-SHA256"
_END: Final = "aws4_request"


class Scope(NamedTuple):
    """A credential scope: the day, region and service that a signature is good for."""

    day: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/{_END}"


def amz_date_of(at: datetime) -> str:
    """*at*, in UTC, as ``20150830T123600Z``."""
    return _amz_date(at.replace(microsecond=0))


@lru_cache(maxsize=64)
def _amz_date(second: datetime) -> str:
    return f"{second.isoformat()[:19].replace('-', '').replace(':', '')}Z"


def string_to_sign(amz_date: str, scope: Scope, request: str) -> str:
    """The string to sign of the canonical *request*, at *amz_date* (``20150830T123600Z``)."""
    return f"{ALGORITHM}\n{amz_date}\n{scope}\n{sha256(bytes_of(request))}"


@lru_cache(maxsize=256)
def signing_key(secret_access_key: Secret, scope: Scope) -> bytes:
    """The key that signs within *scope*. Its four HMACs are the same for a day, so they are cached."""
    key = bytes_of(f"AWS4{secret_access_key.reveal()}")
    for part in (scope.day, scope.region, scope.service, _END):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(key: bytes, text: str) -> str:
    """The signature of *text* in hexadecimal."""
    return hmac.digest(key, bytes_of(text), "sha256").hex()


def sha256(data: bytes) -> str:
    """The SHA-256 of *data* in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
