"""Checks a request before it is authorised, and once more before it leaves.

The engine and its dry twin ``explain`` share these steps, so that what one shows is what the other does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ..errors import AuthwrightError
from ..flow.protocols import Scheme
from ..message import Request, is_probe
from ..record.events import Began, Decided, Event
from ..rules.policy import check_policy, existing
from ..rules.rule import Rule
from ..rules.ruleset import Plan
from ..wire.head import check_head
from ..wire.placement import without

KEPT: Final = "the client's own credential is kept (on_existing: keep)"


def beginning(request: Request, environment: str, plan: Plan | None, at: datetime) -> list[Event]:
    """The first events of *request*'s exchange.

    Args:
        request: as the client sent it.
        environment: the active environment.
        plan: what the rules say of it; ``None`` when no rule matched, or none was looked for.
        at: when it came.
    """
    began = Began(request, at, environment)
    return [began] if plan is None else [began, decided(plan, (plan.why,))]


def decided(plan: Plan, why: tuple[str, ...]) -> Decided:
    """The event that *plan* was chosen, for the reasons *why*."""
    rule, credential = plan.rule, plan.rule.credential
    name, kind = (credential.name, credential.type) if credential else ("", "none")
    return Decided(rule.name, rule.location, name, kind, why)


def admit(rule: Rule, scheme: Scheme, request: Request) -> Request | None:
    """*request* without a credential of the client's own; ``None`` when the client's is to be kept.

    Where the scheme learns from the client's credential, it is still there.

    Raises:
        RequestError: the rule's options forbid to authorise this request.
    """
    check_policy(rule, request)
    verdict = existing(rule, scheme, request)
    if verdict == "keep":
        return None
    if verdict == "replace":
        for place in scheme.places:
            if not place.learns:
                request = without(request, place)
    return request


def outgoing(asked: Request, request: Request) -> Request:
    """*request*, looked at for the last time before it leaves; *asked* is what the client sent.

    Raises:
        RequestError: it could be read as something else than it is.
        AuthwrightError: a scheme aimed it at another server.
    """
    check_head(request)
    allowed = (asked.method, "HEAD") if is_probe(asked, request) else (asked.method,)
    if request.origin != asked.origin or request.method not in allowed:
        raise AuthwrightError("The scheme changed the request's method or origin; nothing was sent.")
    return request
