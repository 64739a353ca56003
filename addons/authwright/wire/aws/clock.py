"""The difference between a server's clock and ours.

A signature is good for 5 to 15 minutes around its time. A server that refuses a signature for its time says so in the body
(``RequestTimeTooSkewed``, ``InvalidSignatureException``), which streams past. But the ``Date`` of each response shows the
server's clock. So a refusal counts as one for the time when the two clocks differ by more than any service allows.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from ...message import Response

_TOLERATED: Final = timedelta(minutes=4)
"""A smaller difference counts as the time on the way. The strictest services refuse from 5 minutes on."""
_BELIEVED: Final = timedelta(days=3650)
_REFUSALS: Final = frozenset((400, 401, 403))


@dataclass(slots=True)
class ServerClock:
    """One server's clock.

    Args:
        ahead: how far it is ahead of ours.
    """

    ahead: timedelta = timedelta(0)

    def time(self, now: datetime) -> datetime:
        """The server's time when ours is *now*, in UTC."""
        return (now + self.ahead).astimezone(UTC)

    def corrected(self, response: Response, now: datetime) -> bool:
        """Set the clock by *response*, received at *now*. True when the response refuses our time and the clock has changed."""
        date = _date(response) if response.status in _REFUSALS else None
        if date is None or abs(date - self.time(now)) <= _TOLERATED or abs(date - now) > _BELIEVED:
            return False
        self.ahead = date - now
        return True


def _date(response: Response) -> datetime | None:
    with suppress(ValueError):
        date = parsedate_to_datetime(response.headers.get("Date") or "")
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    return None
