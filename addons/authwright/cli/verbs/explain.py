"""``authwright explain``: the rules and the schemes run dry, as text."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from ...octets import bytes_of
from ..verb import Everywhere, verb


def _header(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [value.partition(":") for value in values]
    for name, colon, _rest in pairs:
        if not colon or not name.strip():
            raise click.BadParameter(f"{name!r} is not a header; write 'Name: value'.")
    return [(name.strip(), value.strip()) for name, _colon, value in pairs]


def _body(_: click.Context, __: click.Parameter, value: str | None) -> bytes:
    if value is None:
        return b""
    if not value.startswith("@"):
        return bytes_of(value)
    if value == "@-":
        return sys.stdin.buffer.read()
    try:
        return Path(value[1:]).read_bytes()
    except OSError as error:
        raise click.BadParameter(f"{value[1:]} cannot be read: {error.strerror}.") from None


def _time(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a time; write 2026-01-31T12:00:00Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@verb("explain")
@click.option("-X", "--method", metavar="METHOD", help="The HTTP method: GET, or POST when there is a body.")
@click.option("-H", "--header", "headers", metavar="'N: V'", multiple=True, callback=_header, help="A header of the client's.")
@click.option("-d", "--data", "body", metavar="BODY", callback=_body, help="The body; @FILE reads it, @- from stdin.")
@click.option("--at", "now", metavar="TIME", callback=_time, help="The time to sign with (RFC 3339).")
@click.option("--nonce", metavar="TEXT", help="The nonce to sign with.")
@click.option("--reveal", is_flag=True, help="Show secrets whole.")
@click.argument("url")
def command(
    common: Everywhere,
    url: str,
    method: str | None,
    headers: list[tuple[str, str]],
    body: bytes,
    now: datetime | None,
    nonce: str | None,
    reveal: bool,
) -> int:
    """Explain what would be done with a request to URL: which rule, why, and what would be sent. Nothing is sent.

    A token is shown when the store holds a valid one; otherwise the explanation says which it needs. The exit code is 0,
    also when no rule matches, and 1 when the proxy would refuse the request.
    """
    from ..explanation_text import print_explanation

    method = method or ("POST" if body else "GET")
    return print_explanation(common, method, url, headers, body, now=now, nonce=nonce, reveal=reveal)
