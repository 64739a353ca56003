"""Percent-encoding that leaves only unreserved characters as they are (RFC 3986 section 2, RFC 5849 section 3.6)."""

from __future__ import annotations

from urllib.parse import quote, unquote_plus

from ..octets import ERRORS, bytes_of


def percent_encode(text: str) -> str:
    """*text* as UTF-8, all but letters, digits, ``-``, ``.``, ``_`` and ``~`` encoded with upper-case digits."""
    return quote(bytes_of(text), safe="")


def form_decode(text: str) -> str:
    """A name or value of a query or form, decoded; a byte that is not UTF-8 comes back from :func:`percent_encode` as it was."""
    return unquote_plus(text, errors=ERRORS)
