"""``authwright tokens``: what the token store holds."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from ..verb import Everywhere, verb

if TYPE_CHECKING:
    from ...tokens.store import Record

_PAUSE: Final = 1.0
_CLEAR: Final = "\x1b[H\x1b[2J"


@verb("tokens")
@click.argument("name", required=False)
@click.option("--reveal", is_flag=True, help="Show the tokens themselves.")
@click.option("--introspect", is_flag=True, help="Ask the authorization server what it knows of them (RFC 7662).")
@click.option("--watch", is_flag=True, help="Show them again whenever something changed, until Ctrl-C.")
def command(common: Everywhere, name: str | None, reveal: bool, introspect: bool, watch: bool) -> None:
    """List the stored tokens: all, or those of the credential NAME; with --env, those of an environment.

    The column "refresh" says whether a token can be refreshed (yes, no), is being refreshed (now), when that was cut off or
    failed, or that its refresh token has ended. -v shows what is in those that are JSON Web Tokens.
    """
    from ..stored import matching, stored

    def chosen() -> list[Record]:
        return matching(stored(), name, common.env)

    if introspect and (records := chosen()):
        from ..introspecting import show

        show(common, records)
    elif watch:
        _watch(lambda: _text(common, chosen(), reveal))
    elif (records := chosen()) or common.json:
        print(_text(common, records, reveal))
    elif not common.quiet:
        click.echo("No tokens are stored." if name is None else f"No token of {name} is stored.", err=True)


def _text(common: Everywhere, records: list[Record], reveal: bool) -> str:
    """What is printed of *records*."""
    from ...ambient import SystemAmbient
    from ...config.problems import visible
    from ..listing import COLUMNS, as_object, claims, row, table
    from ..stored import failures

    now, failed, decode = SystemAmbient().now(), failures(records), common.verbose > 0
    if common.json:
        objects = [as_object(record, failed.get(record.key), reveal=reveal, decode=decode) for record in records]
        return json.dumps(objects, indent=2, ensure_ascii=False)
    shown = [(*row(record, failed.get(record.key), now), *([record.token.access_token.reveal()] * reveal)) for record in records]
    lines = table([COLUMNS + ("token",) * reveal, *shown])
    return "\n".join(visible(line) for line in (*lines, *(line for record in records * decode for line in claims(record))))


def _watch(text: Callable[[], str]) -> None:
    before = None
    while True:
        now = text()
        if now != before:
            print(f"{_CLEAR if sys.stdout.isatty() else ''}{now}", flush=True)
        before = now
        time.sleep(_PAUSE)
