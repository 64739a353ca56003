"""The parts of a JSON Web Token (RFC 7519), for a person to read. The signature is unverified, so no code may rely on them."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Final

_COMPACT: Final = re.compile(r"([\w-]+)\.([\w-]+)\.[\w-]*\Z", re.ASCII)


def parts_of(token: str) -> dict[str, dict[str, Any]] | None:
    """``header`` and ``claims``; ``None`` when *token* is no JWT."""
    match = _COMPACT.match(token)
    if match is None:
        return None
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in match.groups())
    except (ValueError, RecursionError):
        return None
    return {"header": header, "claims": claims} if isinstance(header, dict) and isinstance(claims, dict) else None
