"""``application/x-www-form-urlencoded`` (RFC 6749 appendix B, WHATWG URL section 5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote_plus

from ..octets import bytes_of

MEDIA_TYPE: Final = "application/x-www-form-urlencoded"

_KEPT: Final = "*"
"""Stays as it is, like letters, digits, ``-``, ``.`` and ``_``."""


def form_encode(text: str) -> str:
    """One name or value, as UTF-8: a space becomes ``+``, ``~`` is encoded, ``*`` is not."""
    return quote_plus(bytes_of(text), safe=_KEPT).replace("~", "%7E")


def urlencode_form(pairs: Iterable[tuple[str, str]]) -> bytes:
    """*pairs* as a form body, in their order; a name may occur more than once."""
    return "&".join(f"{form_encode(name)}={form_encode(value)}" for name, value in pairs).encode("ascii")
