"""``authwright tokens``: the stored tokens, listed once or whenever something changed."""

from __future__ import annotations

import sys
import time
from typing import Final

from ..ambient import SystemAmbient
from ..terminal import visible, visible_json
from .configured_tokens import ConfiguredToken, configured
from .output import say
from .stored_tokens import failures, matching, stored
from .token_table import COLUMNS, as_object, claims, row, short_id, table
from .verb import Everywhere

_PAUSE: Final = 1.0
"""Seconds between two looks at the store."""
_CLEAR: Final = "\x1b[H\x1b[2J"


def print_tokens(common: Everywhere, name: str | None, *, reveal: bool, introspect: bool) -> None:
    """Print the stored tokens of the credential *name*, or all; with *introspect* what their servers know of them.

    Raises:
        NotFound: tokens are stored, and none of that name.
        AuthwrightError: the store or a server cannot be asked.
    """
    records = _chosen(common, name)
    if introspect and records:
        from .introspection import print_introspection

        print_introspection(common, [each.record for each in records])
    elif records or common.json:
        print(_text(common, records, reveal))
    elif not common.quiet:
        say("No tokens are stored." if name is None else f"No token of {name} is stored.")


def watch_tokens(common: Everywhere, name: str | None, *, reveal: bool) -> None:
    """Print them again whenever something changed, until Ctrl-C."""
    before = None
    while True:
        now = _text(common, _chosen(common, name), reveal)
        if now != before:
            print(f"{_CLEAR if sys.stdout.isatty() else ''}{now}", flush=True)
        before = now
        time.sleep(_PAUSE)


def _chosen(common: Everywhere, name: str | None) -> list[ConfiguredToken]:
    found = {each.record.key: each for each in configured(common, stored())}
    return [found[record.key] for record in matching((each.record for each in found.values()), name, common.env)]


def _text(common: Everywhere, tokens: list[ConfiguredToken], reveal: bool) -> str:
    records = [each.record for each in tokens]
    now, failed, decode = SystemAmbient().now(), failures(records), common.verbose > 0
    if common.json:
        objects = [
            as_object(each.record, failed.get(each.record.key), reveal=reveal, decode=decode)
            | {"id": short_id(each.record), "configured": each.configured, "why": each.why or None}
            for each in tokens
        ]
        return visible_json(objects, indent=2)
    marked = any(each.use != "used" for each in tokens)
    shown = [
        (
            *row(each.record, failed.get(each.record.key), now),
            *[mark] * marked,
            *[each.record.token.access_token.reveal()] * reveal,
        )
        for each, mark in zip(tokens, _marks(tokens), strict=True)
    ]
    lines = table([(*COLUMNS, *["configuration"] * marked, *["token"] * reveal), *shown])
    return "\n".join(visible(line) for line in (*lines, *(line for record in records * decode for line in claims(record))))


def _marks(tokens: list[ConfiguredToken]) -> list[str]:
    """The last cell of each row. Two rows that would look the same get the beginning of their keys."""
    marks = [f"{each.use}: {each.why}" if each.why else each.use for each in tokens]
    looks = [(each.record.label, mark) for each, mark in zip(tokens, marks, strict=True)]
    return [
        f"{mark} ({short_id(each.record)})" if looks.count(look) > 1 else mark
        for each, mark, look in zip(tokens, marks, looks, strict=True)
    ]
