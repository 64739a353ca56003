"""The log of a running proxy: one line, or one object, for each request that a rule matched or that was refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from ..record.trace import Trace
from ..terminal import visible
from .colour import Paint

type HowSoon = Literal["cached", "fetched", "signed", "static", ""]


def lines(trace: Trace, at: datetime, *, changes: bool, paint: Paint) -> Iterator[str]:
    """The line for people: time, method, host and path, rule, type, where the credential came from, milliseconds, status.

    Args:
        trace: what happened.
        at: when it did.
        changes: whether to show in further lines what was changed.
        paint: puts a style around a text.
    """
    words = [
        at.astimezone().strftime("%H:%M:%S"),
        trace.request.method,
        place(trace),
        trace.rule or "-",
        trace.type or "-",
        how(trace) or "-",
        f"{trace.waited_ms:.0f}ms",
        outcome(trace),
    ]
    style = "31" if trace.error else "33" if trace.statuses and trace.statuses[-1] >= 400 else "0"
    yield paint(style, visible(trace.redactor.redact(" ".join(words))))
    if changes:
        yield from (f"  {line}" for line in details(trace))


def details(trace: Trace) -> Iterator[str]:
    """The fetches for the request, the changes to it, and the hint of its error."""
    show = trace.redactor.redact
    yield from (visible(f"fetched {show(fetch)}") for fetch in trace.fetches)
    for change in trace.explanation().shown_changes():
        sign = "+" if change.kind == "set" else "-"
        yield visible(f"{sign} {change.where} {show(change.name)}: {change.value[:500]}")
    if trace.error:
        yield visible(show(trace.error.message))
        if trace.error.hint:
            yield visible(f"hint: {show(trace.error.hint)}")


def to_object(trace: Trace, at: datetime, *, changes: bool) -> dict[str, Any]:
    """The same for programs."""
    show = trace.redactor.redact
    error = trace.error
    shown = [change._asdict() for change in trace.explanation().shown_changes()] if changes else None
    return {
        "time": at.isoformat(),
        "method": trace.request.method,
        "url": f"{trace.request.origin.scheme}://{show(place(trace))}",
        "rule": trace.rule or None,
        "credential": trace.credential or None,
        "type": trace.type or None,
        "environment": trace.environment or None,
        "token": how(trace) or None,
        "waited_ms": round(trace.waited_ms, 1),
        "statuses": list(trace.statuses),
        "error": None if error is None else {"code": error.code, "message": show(error.message), "hint": show(error.hint)},
        **({} if shown is None else {"changes": shown}),
    }


def place(trace: Trace) -> str:
    """Host and path; of a query only the names, as values are often secret."""
    request = trace.request
    names = "&".join(pair.partition("=")[0] for pair in request.query.split("&")) if request.query else ""
    return f"{request.origin.authority}{request.path}{'?' if names else ''}{names}"


def how(trace: Trace) -> HowSoon:
    """The origin of the credential: the store, the token endpoint, a signature of this request, the configuration."""
    if trace.type in ("", "none") or trace.error:
        return ""
    return trace.token_source or ("signed" if trace.notes else "static")


def outcome(trace: Trace) -> str:
    """The statuses the origin gave, or why it was not asked."""
    statuses = "→".join(map(str, trace.statuses))
    if trace.error:
        return f"{statuses}{' ' * bool(statuses)}{trace.error.code}"
    return statuses or "-"
