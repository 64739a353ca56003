"""What happened to one request: which rule, why, what was changed, what was asked on the way.

Every live request leaves a trace, and ``explain`` makes the same trace without sending anything. One source, several
renderings: the log line, ``--json``, ``explain``. A trace keeps values as they are and shows them redacted; only
``reveal=True`` shows them whole.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from ..errors import AuthwrightError
from ..flow.commands import Note
from ..message import Change, Request, changes
from ..secret import Redactor, Secret

type TokenSource = Literal["", "cached", "fetched"]

_OF_NOTHING: Final = Redactor()


class Intermediate(NamedTuple):
    """An intermediate product of a scheme, such as a string to sign."""

    label: str
    text: str


@dataclass(slots=True)
class Trace:
    """The record of one request, filled while it is on its way.

    Args:
        request: the request as the client sent it.
        rule: the rule's name; empty when none matched.
        location: where the rule stands, as ``file:line``.
        credential: the credential's name; empty when it stands inline.
        type: the authentication scheme; ``none`` when the rule says so.
        environment: the active environment.
        why: how the rule was chosen.
    """

    request: Request
    rule: str = ""
    location: str = ""
    credential: str = ""
    type: str = ""
    environment: str = ""
    why: tuple[str, ...] = ()
    forwards: list[Request] = field(default_factory=list, repr=False)
    statuses: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list, repr=False)
    fetches: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    token_source: TokenSource = ""
    waited_ms: float = 0.0
    """How long the credential took to get ready, in milliseconds."""
    error: AuthwrightError | None = None
    _redactor: Redactor = field(default=_OF_NOTHING, repr=False)
    _hidden: list[Secret] = field(default_factory=list, repr=False)
    """What the redactor is still to learn: it does when somebody looks."""

    def hide(self, secrets: tuple[Secret, ...]) -> None:
        """Keep *secrets* out of everything this trace shows."""
        self._hidden += secrets

    @property
    def redactor(self) -> Redactor:
        """Hides what must not be seen of this request."""
        if self._hidden:
            self._redactor = self._redactor.with_secrets([secret.reveal() for secret in self._hidden])
            self._hidden.clear()
        return self._redactor

    @redactor.setter
    def redactor(self, redactor: Redactor) -> None:
        self._redactor = redactor

    @property
    def sent(self) -> Request:
        """The request as it left last, or as it came when nothing was forwarded."""
        return self.forwards[-1] if self.forwards else self.request

    def explanation(self) -> Explanation:
        """The finished trace as a value."""
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
            needs=tuple(self.needs),
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
    """What would be sent for a request, and why.

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
        # What the client itself had put there is a credential of its own: nobody needs to see it here.
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
