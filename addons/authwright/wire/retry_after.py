"""The time that a server asks a client to wait (RFC 9110 section 10.2.3)."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from ..message import Response


def retry_after(response: Response) -> float | None:
    """The seconds that ``Retry-After`` says; a date counts from the server's own ``Date``. ``None`` without a valid field."""
    value = (response.headers.get("Retry-After") or "").strip()
    if re.fullmatch("[0-9]{1,9}", value):
        return float(value)
    until, now = _date(value), _date(response.headers.get("Date") or "")
    return max((until - now).total_seconds(), 0.0) if until is not None and now is not None else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo is not None else None
