"""``authwright tokens``: what the token store holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from .verb import Everywhere, verb

if TYPE_CHECKING:
    from ..tokens.store import Record

_COLUMNS = ("name", "environment", "grant", "from", "expires", "refresh")


@verb("tokens")
@click.argument("name", required=False)
@click.option("--reveal", is_flag=True, help="Show the tokens themselves.")
@click.option("--introspect", is_flag=True, help="Ask the authorization server what it knows of them (RFC 7662).")
def command(common: Everywhere, name: str | None, reveal: bool, introspect: bool) -> None:
    """List the stored tokens: all, or those of the credential NAME; with --env, those of an environment."""
    from ..ambient import SystemAmbient
    from ..config.problems import visible
    from .stored import matching, stored

    records = stored()
    chosen = matching(records, name, common.env) if name or common.env else records
    now = SystemAmbient().now()
    if introspect and chosen:
        from .introspecting import show

        show(common, chosen)
    elif common.json:
        print(json.dumps([_object(record, reveal) for record in chosen], indent=2, ensure_ascii=False))
    elif chosen:
        for line in table([_COLUMNS + ("token",) * reveal, *(_row(record, now, reveal) for record in chosen)]):
            print(visible(line))
    elif not common.quiet:
        click.echo("No tokens are stored." if name is None else f"No token of {name} is stored.", err=True)


def when(expires_at: datetime | None, now: datetime) -> str:
    """How long a token is good for: ``in 41 m``, ``expired 3 m ago``, ``until rejected``."""
    if expires_at is None:
        return "until rejected"
    seconds = int((expires_at - now).total_seconds())
    return f"in {_span(seconds)}" if seconds > 0 else f"expired {_span(-seconds)} ago"


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows as lines with their columns aligned."""
    lines = list(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _span(seconds: int) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length * (2 if unit != "m" else 1):
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _row(record: Record, now: datetime, reveal: bool) -> tuple[str, ...]:
    label, token = record.label, record.token
    cells = (
        label.credential,
        label.environment or "-",
        label.grant,
        urlsplit(label.token_endpoint).netloc or label.token_endpoint,
        when(token.expires_at, now),
        "yes" if token.refresh_token else "no",
    )
    return (*cells, token.access_token.reveal()) if reveal else cells


def _object(record: Record, reveal: bool) -> dict[str, Any]:
    label, token = record.label, record.token
    shown = {"access_token": token.access_token.reveal()} if reveal else {}
    return {
        "name": label.credential,
        "environment": label.environment or None,
        "grant": label.grant,
        "token_endpoint": label.token_endpoint,
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "refresh_token": token.refresh_token is not None,
        "scope": token.scope,
        **shown,
    }
