"""``authwright explain``: the rules and the schemes run dry, as text."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...errors import AuthwrightError
from ..failure import FAILED
from ..terminal import Paint, coloured, painter
from ..verb import Everywhere, verb

if TYPE_CHECKING:
    from ...flow.protocols import Grant
    from ...flow.token import Token
    from ...message import Change
    from ...record.trace import Explanation


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
        return value.encode("utf-8", "surrogateescape")
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
    from ...engine.dryrun import explain
    from ..configuration import rules

    loaded = rules(common)
    method = method or ("POST" if body else "GET")
    explanation = explain(loaded, method, url, headers, body, now, nonce, _held_tokens())
    if common.json:
        print(json.dumps(explanation.to_json(reveal=reveal), indent=2, ensure_ascii=False))
    else:
        for line in _lines(explanation, f"{method} {url}", reveal, painter(coloured(common, sys.stdout))):
            print(line)
    return FAILED if explanation.refused else 0


def _lines(explanation: Explanation, asked: str, reveal: bool, paint: Paint) -> Iterator[str]:
    from ...config.problems import visible

    def show(text: str) -> str:
        return visible(text if reveal else explanation.redactor.redact(text))

    yield paint("1", show(asked))
    yield ""
    for title, rows in _sections(explanation, reveal, show):
        for index, row in enumerate(rows):
            style = {"refused": "31", "sends": {"+": "32", "-": "31"}.get(row[:1], "0")}.get(title, "0")
            yield paint("36", f"{title if index == 0 else '':<9}") + paint(style, row)


def _sections(explanation: Explanation, reveal: bool, show: Callable[[str], str]) -> Iterator[tuple[str, list[str]]]:
    refused = explanation.refused
    yield "rule", [show(_rule(explanation))]
    yield "why", [show(line) for line in explanation.why]
    if refused:
        yield "refused", [f"{show(refused.message)} ({refused.code})"]
        yield "hint", [show(refused.hint)] if refused.hint else []
    else:
        yield "sends", [_change(change, show) for change in explanation.shown_changes(reveal=reveal)] or [_unchanged(explanation)]
    for label, text in explanation.notes:
        yield "note", [show(f"{label}:"), *(f"  {show(line)}" for line in text.split("\n"))]
    yield "needs", [show(need) for need in explanation.needs]
    if any(need.startswith("token: ") and "authwright" not in need for need in explanation.needs) and explanation.credential:
        yield "hint", [show(f"authwright token {explanation.credential} obtains it")]


def _rule(explanation: Explanation) -> str:
    if not explanation.matched:
        return "none matches: the request passes untouched"
    about = (
        explanation.location,
        f"type {explanation.type}",
        f"credential {explanation.credential}" if explanation.credential else "",
        f"environment {explanation.environment}" if explanation.environment else "",
    )
    return f"{explanation.rule} ({', '.join(filter(None, about))})"


def _unchanged(explanation: Explanation) -> str:
    return "what it needs is not there yet" if explanation.needs else "the request as it came"


def _change(change: Change, show: Callable[[str], str]) -> str:
    sign = "+" if change.kind == "set" else "-"
    value = show(change.value)
    match change.where:
        case "query":
            return f"{sign} query {show(change.name)}={value}"
        case "body":
            return f"{sign} body {value[:2000]}"
        case _:
            return f"{sign} {show(change.name)}: {value}"


def _held_tokens() -> Callable[[Grant], Token | None]:
    """What looks a valid token up in the store; it is only read, and need not be there."""
    from ...ambient import SystemAmbient
    from ...assembly import has_store, home_dir, open_store

    home = home_dir()
    if not has_store(home):
        return lambda _: None
    store = open_store(home)
    now = SystemAmbient().now()

    def held(grant: Grant) -> Token | None:
        try:
            record = store.load(grant.key)
        except AuthwrightError:
            return None
        if record is None or (record.token.expires_at is not None and record.token.expires_at <= now):
            return None
        return record.token

    return held
