"""``authwright explain``: a request run dry, and what comes of it as lines or as an object."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from ..engine.dryrun import explain
from ..error_codes import FAILED
from ..message import Change
from ..record.trace import Explanation
from ..terminal import visible
from .colour import Paint, coloured, painter
from .configuration import rules
from .output import print_json
from .stored_tokens import valid_tokens
from .verb import Everywhere

_MOST_OF_BODY = 2000
"""Characters of a changed body that are shown."""


def print_explanation(
    common: Everywhere,
    method: str,
    url: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    *,
    now: datetime | None,
    nonce: str | None,
    reveal: bool,
) -> int:
    """Print what would be done with a request; the exit code, which says whether the proxy would refuse it.

    Args:
        common: the flags that stand everywhere.
        method: the request's.
        url: the request's.
        headers: the request's.
        body: the request's.
        now: the time to sign with; the machine's when it is not given.
        nonce: the nonce to sign with; a fresh one when it is not given.
        reveal: whether secrets are shown whole.

    Raises:
        AuthwrightError: there is no configuration, or it has errors, or the URL cannot be asked for.
    """
    loaded = rules(common)
    loaded = rules(common)
    with valid_tokens() as held:
        explanation = explain(loaded, method, url, headers, body, now, nonce, held)
    if common.json:
        print_json(explanation.to_json(reveal=reveal), indent=2)
    else:
        for line in _lines(explanation, f"{method} {url}", reveal, painter(coloured(common, sys.stdout))):
            print(line)
    return FAILED if explanation.refused else 0


def _lines(explanation: Explanation, asked: str, reveal: bool, paint: Paint) -> Iterator[str]:
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
            return f"{sign} body {value[:_MOST_OF_BODY]}"
        case _:
            return f"{sign} {show(change.name)}: {value}"
