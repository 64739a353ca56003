"""What the HTTP layer and the addon know of one request together.

A request may leave only when its passage was cleared. Whatever goes wrong on the way (an addon that raises, a hook that
never runs, another addon that redirects the request after it was signed) leaves it uncleared, and it is refused at the
last moment, by :meth:`Passage.objection`.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mitmproxy import http

from ...engine.admission import beginning
from ...errors import AuthwrightError
from ...record.events import Answered, Event, Sent
from ..guard import Claims
from . import convert

if TYPE_CHECKING:
    from datetime import datetime

    from ...engine.exchange import Exchange
    from ...message import Request, Response
    from ...origin import Origin
    from ...rules.rule import Rule
    from ...rules.ruleset import Plan, RuleSet
    from ..identity import Identity


@dataclass(eq=False, slots=True, weakref_slot=True, kw_only=True)
class RequestState:
    """One request on its way through the proxy.

    Args:
        claims: the connection and what the client said, from before mitmproxy interpreted it; ``None`` when unreadable.
        end_stream: whether the head is all of the request.
    """

    claims: Claims | None
    end_stream: bool
    cleared: Literal["", "bare", "authorised"] = ""
    origin: Origin | None = None
    """Where it may go, once that is known."""
    rules: RuleSet | None = None
    plan: Plan | None = None
    exchange: Exchange | None = None
    sent: Request | None = None
    """The request as it was last put on the flow."""
    resend: Request | None = None
    """What is to be sent after the answer to the last one was read to its end."""
    probe: http.Request | None = None
    """What is asked before the body goes past, in the client's request's place."""
    refusal: AuthwrightError | None = None
    body_limit: int | None = None
    """How many bytes of body are collected before it is too large to sign."""
    replayable: bool = False
    """Whether the whole request is at hand, to be sent again."""
    identity: Identity | None = None
    """Who is presented to the origin: connections are shared only by requests of one identity."""
    close: bool = False
    """Whether the client wants its connection closed after the response."""
    came: datetime | None = None
    """When the request came; ``None`` where nobody wants to know."""
    response: Response | None = None
    """The head of the response to a request that came to no exchange, where somebody wants to know."""
    answered_at: datetime | None = None
    answered: bool = False
    """Whether the exchange was told of the last response."""
    reported: bool = False
    """Whether its trace was handed on: once, whatever ends it."""

    @property
    def rule(self) -> Rule | None:
        """The rule that matched."""
        return self.plan.rule if self.plan else None

    @property
    def rule_name(self) -> str:
        """The rule's name; empty when none matched."""
        return self.plan.rule.name if self.plan else ""

    def objection(self, request: http.Request) -> AuthwrightError | None:
        """Why *request* must not leave; ``None`` when it may."""
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
        """What happened to a request that came to no exchange; where it wanted to go is what it says."""
        wanted = convert.request_of(request, self.origin or convert.claimed(request))
        begun = beginning(wanted, self.rules.environment if self.rules else environment, self.plan, self.came or now)
        if self.cleared == "bare" and self.refusal is None:
            begun.append(Sent(wanted, self.came or now))
        return begun if self.response is None else [*begun, Answered(self.response, self.answered_at or now)]


_passages: weakref.WeakKeyDictionary[http.Request, RequestState] = weakref.WeakKeyDictionary()


def register(request: http.Request, passage: RequestState) -> None:
    """Keep *passage* for as long as *request* lives."""
    _passages[request] = passage


def of(request: http.Request) -> RequestState | None:
    """The passage of *request*, if the HTTP layer registered one."""
    return _passages.get(request)
