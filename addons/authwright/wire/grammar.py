"""The grammar of a message's head: token, quoted-string, field value (RFC 9110 section 5.6) and request-target (RFC 9112 section 3.2).

Each rule is written once. ``TCHAR``, ``FIELD_CHAR`` and ``QUOTED_STRING`` are pieces to build other patterns of; encoded as
ASCII they read bytes as well, where obs-text is the bytes from 80 on. A compiled pattern has a form for text and a form for bytes.
"""

from __future__ import annotations

import re
from typing import Final

TCHAR: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
"""One character of a token (RFC 9110 section 5.6.2)."""

FIELD_CHAR: Final = r"[^\x00-\x08\x0a-\x1f\x7f]"
"""One character of a field value: HTAB, SP, VCHAR or obs-text (RFC 9110 section 5.5)."""

QUOTED_STRING: Final = r'"(?:[^\x00-\x08\x0a-\x1f\x7f"\\]|\\[^\x00-\x08\x0a-\x1f\x7f])*+"'
"""A quoted-string with its quotes (RFC 9110 section 5.6.4)."""


def _forms(pattern: str) -> tuple[re.Pattern[str], re.Pattern[bytes]]:
    return re.compile(pattern), re.compile(pattern.encode("ascii"))


TOKEN, TOKEN_BYTES = _forms(rf"{TCHAR}+\Z")
"""A whole token, by ``match``."""

NOT_IN_VALUE, NOT_IN_VALUE_BYTES = _forms(r"[\x00-\x08\x0a-\x1f\x7f]")
"""A character that no field value may hold, by ``search``. Spaces around a value are the caller's to refuse."""

NOT_IN_TARGET, NOT_IN_TARGET_BYTES = _forms(r"[\x00-\x20\x7f#\\]")
"""A character that no request-target may hold, by ``search``.

Stricter than RFC 9112, as browsers read a backslash as a slash. Laxer in one point: what lies outside ASCII passes, as sent.
"""
