"""The state of one request that mitmproxy's HTTP layer carries, shared by its stream and our hooks.

A request may leave only when its state was cleared. Whatever goes wrong on the way (a hook that fails or never runs,
another addon that redirects the request after it was signed) leaves it uncleared, and :meth:`RequestState.objection`
refuses it at the last moment.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from mitmproxy import http

from ...engine.admission import beginning
from ...errors import AuthwrightError
from ...record.events import Answered, Event, Sent
from .. import guard
from ..guard import Claims
from . import convert

if TYPE_CHECKING:
    from datetime import datetime

    from ...engine.exchange import Exchange
    from ...message import Request, Response
    from ...origin import Origin
    from ...rules.ruleset import Plan, RuleSet
    from ..identity import Identity
    from .heard import HeardBodies


@dataclass(eq=False, slots=True, weakref_slot=True, kw_only=True)
class RequestState:
    """One request on its way through mitmproxy's HTTP layer.

    Args:
        claims: the connection and what the client said, from before mitmproxy interpreted it; ``None`` when unreadable.
        end_stream: whether the head is all of the request.
    """

    claims: Claims | None
    end_stream: bool
    script: Generator[Any, Any, None] | None = None
    """The screenplay of this request (``flows``); ``None`` before its head was looked at and after its end."""
    awaited: Any = None
    """The event that the script waits for."""
    cleared: Literal["", "bare", "authorised"] = ""
    origin: Origin | None = None
    """The origin that it may go to, once that is known."""
    rules: RuleSet | None = None
    plan: Plan | None = None
    exchange: Exchange | None = None
    sent: Request | None = None
    """The request as it was last put on the flow."""
    sends_again: bool = False
    """True when the request is sent again once the origin's answer was read to its end."""
    probe: http.Request | None = None
    """The request that is sent before the client's own, to be challenged without a body."""
    refusal: AuthwrightError | None = None
    body_limit: int | None = None
    """The most bytes of body that are collected for signing."""
    replayable: bool = False
    """True when the whole request is at hand, to be sent again."""
    identity: Identity | None = None
    """The identity that the origin sees; connections are shared only by requests of one identity."""
    close: bool = False
    """True when the client wants its connection closed after the response."""
    came: datetime | None = None
    """The moment when the request came; ``None`` where no listener wants it."""
    response: Response | None = None
    """The head of the response to a request without an exchange, where a listener wants it."""
    answered_at: datetime | None = None
    heard: HeardBodies | None = None
    """Hears of the bodies that stream past; ``None`` where no listener wants them."""
    reported: bool = False
    """True when the trace was handed on; that is done once, whatever ends the request."""

    @property
    def rule_name(self) -> str:
        """The rule's name; empty when none matched."""
        return self.plan.rule.name if self.plan else ""

    def objection(self, request: http.Request) -> AuthwrightError | None:
        """The reason why *request* must not leave; ``None`` when it may."""
        if self.refusal is not None:
            return self.refusal
        if not self.cleared:
            return AuthwrightError(
                "The request was not looked at, so it is not sent.", hint="Run `authwright run -vv` and report what it prints."
            )
        origin = self.origin
        if self.cleared == "authorised" and origin != (request.scheme, request.data.host, request.data.port):
            return AuthwrightError(
                "The request was redirected after it was authorised, so it is not sent.",
                code="target_mismatch",
                hint="Take the option or addon away that changes where requests go.",
            )
        return None

    def events(self, request: http.Request, environment: str, now: datetime) -> list[Event]:
        """The events of a request that came to no exchange; they tell where the client wanted to go."""
        wanted = guard.shown(convert.request_of(request, self.origin or convert.claimed(request)))
        begun = beginning(wanted, self.rules.environment if self.rules else environment, self.plan, self.came or now)
        if self.cleared == "bare" and self.refusal is None:
            begun.append(Sent(wanted, self.came or now))
        return begun if self.response is None else [*begun, Answered(self.response, self.answered_at or now)]


_KEPT_AS: Final = "_authwright_state"
"""The attribute of mitmproxy's request that holds its state: so the state lives as long as the request and no longer."""


def register(request: http.Request, state: RequestState) -> None:
    """Keep *state* with *request*; a copy of the request does not have it."""
    setattr(request, _KEPT_AS, state)


def of(request: http.Request) -> RequestState | None:
    """The state of *request*, if the HTTP layer registered one."""
    state: RequestState | None = getattr(request, _KEPT_AS, None)
    return state
