"""The account of one request: its rule and the reason, the changes, and our own requests on the way.

A trace is what a fold over an exchange's events gives; ``explain`` makes the same events without sending anything. One
source, several renderings: the log line, ``--json``, ``explain``. A trace keeps values as they are and shows them redacted;
only ``reveal=True`` shows them whole.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from ..errors import AuthwrightError
from ..flow.commands import Note
from ..message import Change, Request, changes
from ..secret import Redactor, Secret
from .events import (
    Answered,
    Asked,
    Because,
    Began,
    BodyRead,
    Decided,
    Ended,
    Event,
    Failed,
    Hidden,
    Needed,
    RedactedBy,
    Sent,
    TokenSource,
    TokenTaken,
    Waited,
)

_OF_NOTHING: Final = Redactor()
_UNDECIDED: Final = Decided("")
_UNTAKEN: Final = TokenTaken("")
_UNREDACTED: Final = RedactedBy(_OF_NOTHING)


class Intermediate(NamedTuple):
    """An intermediate product of a scheme, such as a string to sign."""

    label: str
    text: str


@dataclass(frozen=True)
class Trace:
    """The account of one request: the fold of an exchange's events.

    Args:
        request: the request as the client sent it.
        rule: the rule's name; empty when none matched.
        location: where the rule stands, as ``file:line``.
        credential: the credential's name; empty when it stands inline.
        type: the authentication scheme; ``none`` when the rule says so.
        environment: the active environment.
        why: how the rule was chosen.
        forwards: the request as it left, each time.
        statuses: what the origin answered, each time.
        notes: intermediate products of the scheme.
        fetches: a sentence for each request of our own that was answered.
        needs: what a dry run could not do without the network.
        token_source: where the credential's token came from.
        waited_ms: how long the credential took to get ready, in milliseconds.
        error: why the request was refused.
        known: hides the credential's secrets.
        hidden: further secrets that are hidden.
    """

    request: Request
    rule: str = ""
    location: str = ""
    credential: str = ""
    type: str = ""
    environment: str = ""
    why: tuple[str, ...] = ()
    forwards: tuple[Request, ...] = field(default=(), repr=False)
    statuses: tuple[int, ...] = ()
    notes: tuple[Note, ...] = field(default=(), repr=False)
    fetches: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    token_source: TokenSource = ""
    waited_ms: float = 0.0
    error: AuthwrightError | None = None
    known: Redactor = field(default=_OF_NOTHING, repr=False)
    hidden: tuple[Secret, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Trace:
        """The trace of an exchange.

        Args:
            events: what happened, in order; the first one is :class:`~authwright.record.events.Began`.

        Raises:
            ValueError: they are no exchange's.
        """
        seen: dict[type[Any], list[Any]] = {}
        for event in events:
            seen.setdefault(type(event), []).append(event)
        if Began not in seen:
            raise ValueError("These events are not of a client's request.")
        (began,) = seen[Began]
        (decided,) = seen.get(Decided, (_UNDECIDED,))
        errors = [failed.error for failed in (*seen.get(Failed, ()), *seen.get(Ended, ())) if failed.error]
        return cls(
            request=seen.get(BodyRead, (began,))[-1].request,
            rule=decided.rule,
            location=decided.location,
            credential=decided.credential,
            type=decided.type,
            environment=began.environment,
            why=sum([because.why for because in seen.get(Because, ())], decided.why),
            forwards=tuple([sent.request for sent in seen.get(Sent, ())]),
            statuses=tuple([answered.response.status for answered in seen.get(Answered, ())]),
            notes=tuple(seen.get(Note, ())),
            fetches=tuple([asked.sentence for asked in seen.get(Asked, ()) if asked.response is not None]),
            needs=tuple([needed.what for needed in seen.get(Needed, ())]),
            token_source=seen.get(TokenTaken, (_UNTAKEN,))[-1].source,
            waited_ms=sum([waited.ms for waited in seen.get(Waited, ())], 0.0),
            error=errors[0] if errors else None,
            known=seen.get(RedactedBy, (_UNREDACTED,))[-1].redactor,
            hidden=tuple([secret for hidden in seen.get(Hidden, ()) for secret in hidden.secrets]),
        )

    @cached_property
    def redactor(self) -> Redactor:
        """Hides what must not be seen of this request."""
        return self.known.with_secrets([secret.reveal() for secret in self.hidden])

    @property
    def sent(self) -> Request:
        """The request as it left last, or as it came when nothing was forwarded."""
        return self.forwards[-1] if self.forwards else self.request

    def explanation(self) -> Explanation:
        """The trace as ``explain`` gives it."""
        return Explanation(
            matched=bool(self.rule),
            rule=self.rule,
            location=self.location,
            credential=self.credential,
            type=self.type,
            environment=self.environment,
            why=self.why,
            request=self.sent,
            changes=changes(self.request, self.sent),
            notes=tuple(Intermediate(note.label, note.text) for note in self.notes),
            needs=self.needs,
            refused=self.error,
            redactor=self.redactor,
        )

    def to_json(self, *, reveal: bool = False) -> dict[str, Any]:
        """The live trace as plain values: the explanation, and what the servers answered."""
        live = {
            "statuses": list(self.statuses),
            "token": self.token_source or None,
            "fetches": [self.redactor.redact(text) for text in self.fetches],
            "waited_ms": round(self.waited_ms, 1),
        }
        return self.explanation().to_json(reveal=reveal) | live


@dataclass(frozen=True, slots=True)
class Explanation:
    """The request that would be sent, and the reason.

    ``request`` and ``changes`` are whole; their redacted form is :meth:`to_json`'s and :meth:`shown_changes`'s.
    ``needs`` names what could not be done without the network. ``refused`` is the error that keeps the request back.
    """

    matched: bool
    rule: str
    location: str
    credential: str
    type: str
    environment: str
    why: tuple[str, ...]
    request: Request = field(repr=False)
    changes: tuple[Change, ...] = field(repr=False)
    notes: tuple[Intermediate, ...] = field(repr=False)
    needs: tuple[str, ...]
    refused: AuthwrightError | None
    redactor: Redactor = field(repr=False)

    def shown_changes(self, *, reveal: bool = False) -> tuple[Change, ...]:
        """The changes; secrets are hidden unless *reveal*."""
        if reveal:
            return self.changes
        return tuple(change._replace(value=self._shown(change)) for change in self.changes)

    def _shown(self, change: Change) -> str:
        # What the client itself had put there is a credential of its own, and no reader needs it here.
        return "<the client's own>" if change.kind == "remove" else self.redactor.redact(change.value)

    def to_json(self, *, reveal: bool = False) -> dict[str, Any]:
        """As ``explain --json`` prints it."""

        def show(text: str) -> str:
            return text if reveal else self.redactor.redact(text)

        refused = self.refused
        return {
            "matched": self.matched,
            "rule": self.rule or None,
            "location": self.location or None,
            "credential": self.credential or None,
            "type": self.type or None,
            "environment": self.environment or None,
            "why": list(self.why),
            "request": {
                "method": self.request.method,
                "url": show(self.request.url),
                "headers": [[name, show(value)] for name, value in self.request.headers],
                "body_base64": base64.b64encode(self.request.body).decode(),
            },
            "changes": [change._asdict() for change in self.shown_changes(reveal=reveal)],
            "notes": [{"label": label, "text": show(text)} for label, text in self.notes],
            "needs": list(self.needs),
            "refused": None if refused is None else {"code": refused.code, "detail": show(refused.message), "hint": refused.hint},
        }
