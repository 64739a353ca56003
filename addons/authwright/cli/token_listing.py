"""``authwright tokens``: the stored tokens, listed once or whenever something changed."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from ..ambient import SystemAmbient
from ..terminal import visible, visible_json
from .output import say
from .stored_tokens import failures, matching, stored
from .token_table import COLUMNS, as_object, claims, row, table
from .verb import Everywhere

if TYPE_CHECKING:
    from ..tokens.store import Record

_PAUSE: Final = 1.0
"""Seconds between two looks at the store."""
_CLEAR: Final = "\x1b[H\x1b[2J"


def print_tokens(common: Everywhere, name: str | None, *, reveal: bool, introspect: bool) -> None:
    """Print the stored tokens of the credential *name*, or all; with *introspect* what their servers know of them.

    Raises:
        NotFound: tokens are stored, and none of that name.
        AuthwrightError: the store or a server cannot be asked.
    """
    records = matching(stored(), name, common.env)
    if introspect and records:
        from .introspection import print_introspection

        print_introspection(common, records)
    elif records or common.json:
        print(_text(common, records, reveal))
    elif not common.quiet:
        say("No tokens are stored." if name is None else f"No token of {name} is stored.")


def watch_tokens(common: Everywhere, name: str | None, *, reveal: bool) -> None:
    """Print them again whenever something changed, until Ctrl-C."""
    before = None
    while True:
        now = _text(common, matching(stored(), name, common.env), reveal)
        if now != before:
            print(f"{_CLEAR if sys.stdout.isatty() else ''}{now}", flush=True)
        before = now
        time.sleep(_PAUSE)


def _text(common: Everywhere, records: list[Record], reveal: bool) -> str:
    now, failed, decode = SystemAmbient().now(), failures(records), common.verbose > 0
    if common.json:
        objects = [as_object(record, failed.get(record.key), reveal=reveal, decode=decode) for record in records]
        return visible_json(objects, indent=2)
    shown = [(*row(record, failed.get(record.key), now), *([record.token.access_token.reveal()] * reveal)) for record in records]
    lines = table([COLUMNS + ("token",) * reveal, *shown])
    return "\n".join(visible(line) for line in (*lines, *(line for record in records * decode for line in claims(record))))
