"""A stored token as a row for people and as an object for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ..wire.jwt_parts import parts_of

if TYPE_CHECKING:
    from ..tokens.backoff import Failure
    from ..tokens.store import Record

COLUMNS: Final = ("name", "environment", "grant", "from", "expires", "refresh", "last used")
_UNDER_WAY: Final = timedelta(seconds=60)
"""A refresh that began longer ago was cut off."""
_ENDED: Final = ("grant_invalid", "login_required")


def when(expires_at: datetime | None, now: datetime) -> str:
    """How long a token is good for: ``in 41 m``, ``expired 3 m ago``, ``until rejected``."""
    if expires_at is None:
        return "until rejected"
    seconds = int((expires_at - now).total_seconds())
    return f"in {_span(seconds)}" if seconds > 0 else f"expired {_span(-seconds)} ago"


def good_for(expires_at: datetime | None, now: datetime) -> str:
    """How long a new token is good, as the end of a sentence: ``for 59 m``, ``until rejected``."""
    return "until rejected" if expires_at is None else f"for {_span(max(int((expires_at - now).total_seconds()), 0))}"


def state(record: Record, failure: Failure | None, now: datetime) -> str:
    """The state of refreshing: it can be done or not, is under way, was cut off, fails, or has ended."""
    since = record.refreshing_since
    if since is not None:
        return "now" if timedelta(0) <= now - since < _UNDER_WAY else f"cut off {_ago(since, now)}"
    if failure is not None:
        return "ended" if failure.error.code in _ENDED else f"failed {_ago(failure.at, now)}: {failure.error.code}"
    return "yes" if record.token.refresh_token else "no"


def row(record: Record, failure: Failure | None, now: datetime) -> tuple[str, ...]:
    """The cells of a token, as :data:`COLUMNS` names them."""
    label = record.label
    return (
        label.credential,
        label.environment or "-",
        label.grant,
        urlsplit(label.token_endpoint).netloc or label.token_endpoint,
        when(record.token.expires_at, now),
        state(record, failure, now),
        _ago(record.last_used, now) if record.last_used else "-",
    )


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows as lines with their columns aligned."""
    lines = list(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def claims(record: Record) -> list[str]:
    """The parts of those tokens that are JSON Web Tokens, as indented lines, without their signatures."""
    lines = []
    for name, parts in _decoded(record).items():
        lines.append(f"  {record.label.credential}: {name}")
        lines += [f"    {part}: {json.dumps(members, ensure_ascii=False)}" for part, members in parts.items()]
    return lines


def as_object(record: Record, failure: Failure | None, *, reveal: bool, decode: bool) -> dict[str, Any]:
    """A stored token for programs; with *reveal* the token itself, with *decode* what is in it."""
    label, token = record.label, record.token
    return {
        "name": label.credential,
        "environment": label.environment or None,
        "grant": label.grant,
        "token_endpoint": label.token_endpoint,
        "obtained_at": moment(token.obtained_at),
        "expires_at": moment(token.expires_at),
        "refresh_token": token.refresh_token is not None,
        "refreshing_since": moment(record.refreshing_since),
        "failure": failure and {"code": failure.error.code, "message": failure.error.message, "at": moment(failure.at)},
        "last_used": moment(record.last_used),
        "scope": token.scope,
        **({"access_token": token.access_token.reveal()} if reveal else {}),
        **({"jwt": _decoded(record)} if decode else {}),
    }


def _decoded(record: Record) -> dict[str, Mapping[str, Any]]:
    named = {"access_token": record.token.access_token, "id_token": record.token.id_token}
    return {name: parts for name, secret in named.items() if secret is not None and (parts := parts_of(secret.reveal()))}


def moment(value: datetime | None) -> str | None:
    """A time as programs read it (RFC 3339); ``None`` where there is none."""
    return value.isoformat() if value is not None else None


def _ago(moment: datetime, now: datetime) -> str:
    return f"{_span(max(int((now - moment).total_seconds()), 0))} ago"


def _span(seconds: int) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length * (2 if unit != "m" else 1):
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
