"""The machine's own time and chance. All other modules take an ``Ambient`` (see ``flow``)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


class SystemAmbient:
    """The machine's clock and its source of chance."""

    def now(self) -> datetime:
        """The time now, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is where time comes from

    def nonce(self) -> str:
        """A fresh nonce."""
        return fresh_nonce()


def fresh_nonce() -> str:
    """Twenty-two letters and digits, 131 bits of chance; servers of OAuth 1.0 take no other characters."""
    return secrets.token_urlsafe(32).translate(_NO_SIGNS)[:22]


_NO_SIGNS = str.maketrans("", "", "-_")
