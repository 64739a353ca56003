"""The machine's own time and chance; everything else is handed an ``Ambient`` (see ``flow``)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


class SystemAmbient:
    """The machine's clock and its source of chance."""

    def now(self) -> datetime:
        """The time now, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is where time comes from

    def nonce(self) -> str:
        """Sixteen random bytes, as URL-safe text."""
        return secrets.token_urlsafe(16)
