"""What a request must pass: before it is authorised, and for the last time before it leaves.

The engine and its dry twin ``explain`` share these steps, so that what one shows is what the other does.
"""

from __future__ import annotations

from ..errors import AuthwrightError
from ..flow.protocols import Scheme
from ..message import Request, is_probe
from ..record.trace import Trace
from ..rules.policy import check_policy, existing
from ..rules.rule import Rule
from ..rules.ruleset import Plan, RuleSet
from ..secret import Secret
from ..wire.head import check_head
from ..wire.placement import without


def trace_of(rules: RuleSet, plan: Plan, request: Request) -> Trace:
    """An empty trace of *request* under *plan*."""
    credential = plan.rule.credential
    return Trace(
        request,
        rule=plan.rule.name,
        location=plan.rule.location,
        credential=credential.name if credential else "",
        type=credential.type if credential else "none",
        environment=rules.environment,
        why=(plan.why,),
    )


def admit(rule: Rule, scheme: Scheme, trace: Trace) -> Request | None:
    """The request to authorise, without a credential of the client's own; ``None`` when the client's is to be kept.

    Where the scheme learns from the client's credential, it is still there.

    Raises:
        RequestError: the rule's options forbid to authorise this request.
    """
    check_policy(rule, trace.request)
    if rule.credential is not None:
        trace.redactor = rule.credential.redactor
    verdict = existing(rule, scheme, trace.request)
    request = trace.request
    if verdict == "keep":
        trace.forwards.append(request)
        trace.why += ("the client's own credential is kept (on_existing: keep)",)
        return None
    if verdict == "replace":
        for place in scheme.places:
            if not place.learns:
                request = without(request, place)
    return request


def outgoing(trace: Trace, request: Request, hide: tuple[Secret, ...]) -> Request:
    """*request*, looked at for the last time before it leaves.

    Raises:
        RequestError: it could be read as something else than it is.
        AuthwrightError: a scheme aimed it at another server.
    """
    trace.hide(hide)
    check_head(request)
    asked = trace.request
    allowed = (asked.method, "HEAD") if is_probe(asked, request) else (asked.method,)
    if request.origin != asked.origin or request.method not in allowed:
        raise AuthwrightError("The scheme changed the request's method or origin; nothing was sent.")
    trace.forwards.append(request)
    return request
