"""The engine run dry: which rule, why, and what would be sent. Nothing is sent, stored or fetched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from ..access_keys.profiles import Profiles
from ..ambient import fresh_nonce
from ..errors import AuthwrightError
from ..flow.commands import Forward, GetAccessKeys, GetToken, Note
from ..flow.protocols import Ambient, Grant, InteractiveGrant, Remembering, Scheme
from ..flow.token import Token
from ..message import Request
from ..record.trace import Explanation, Trace
from ..rules.policy import is_preflight
from ..rules.ruleset import RuleSet
from ..tokens.store import Label
from ..wire.aws.access_keys import AccessKeys
from .admission import admit, outgoing, trace_of
from .memory import Memory

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class FixedAmbient:
    """Time and chance as given; a nonce is made up where none is."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))  # noqa: TID251 - where explain's time comes from
    given: str | None = None

    def now(self) -> datetime:
        """The given time."""
        return self.at

    def nonce(self) -> str:
        """The given nonce, or a fresh one."""
        return self.given if self.given is not None else fresh_nonce()


def explain(
    rules: RuleSet,
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]] | Mapping[str, str] = (),
    body: bytes = b"",
    now: datetime | None = None,
    nonce: str | None = None,
    tokens: Callable[[Grant], Token | None] = lambda _: None,
) -> Explanation:
    """Explain what authwright would do with a request, without doing it.

    Args:
        rules: the rules in force.
        method: the HTTP method.
        url: the absolute URL.
        headers: the client's header fields, as pairs in order or as a mapping.
        body: the body as it would be sent.
        now: the time to sign with, with a time zone; the clock's when it is not given.
        nonce: the nonce to sign with; a fresh one when it is not given.
        tokens: looks a token up that is held already.

    Returns:
        The explanation; its ``refused`` is set when the proxy would not send the request at all.

    Raises:
        RequestError: the URL is not one a request can be sent to.
    """
    ambient = FixedAmbient(given=nonce) if now is None else FixedAmbient(now, nonce)
    fields = headers.items() if isinstance(headers, Mapping) else headers
    # Spaces around a value are not part of it, and do not arrive (RFC 9110 section 5.5).
    fields = [(name, value.strip(" \t")) for name, value in fields]
    trace = Trace(Request.of(method, url, fields, body), environment=rules.environment)
    try:
        trace = _run(rules, trace, ambient, tokens)
    except AuthwrightError as error:
        trace.error = error
    return trace.explanation()


def _run(rules: RuleSet, trace: Trace, ambient: Ambient, tokens: Callable[[Grant], Token | None]) -> Trace:
    request = trace.request
    trace.why = tuple(rules.why(request))
    plan = rules.plan(request)
    if plan is None:
        return trace
    named = trace_of(rules, plan, request)
    trace.rule, trace.location, trace.credential, trace.type = named.rule, named.location, named.credential, named.type
    credential = plan.rule.credential
    if credential is None:
        return trace
    if is_preflight(request):
        trace.why += ("a CORS preflight carries no credential: it passes as it is",)
        return trace
    scheme = credential.scheme()
    admitted = admit(plan.rule, scheme, trace)
    if admitted is not None:
        remembering = Memory(ambient).of(plan.rule, scheme, request.origin, rules.environment)
        _first_forward(scheme, admitted, trace, remembering, tokens)
    return trace


def _first_forward(
    scheme: Scheme, request: Request, trace: Trace, ambient: Remembering, tokens: Callable[[Grant], Token | None]
) -> None:
    """Answer the flow from what is known, up to its first question that needs the network."""
    flow = scheme.authorize(request, ambient)
    answer: Token | AccessKeys | None = None
    while True:
        command = flow.send(answer)
        answer = None
        match command:
            case Note():
                trace.notes.append(command)
            case GetToken(grant):
                answer = token = tokens(grant) or _asking_nobody(grant, ambient)
                if token is None:
                    trace.needs.append(f"token: {_way_to(grant, trace)}")
                    break
                trace.token_source = "cached"
                trace.hide((token.access_token,))
            case GetAccessKeys(profile):
                answer = Profiles(os.environ).at_hand(profile)
                if answer is None:
                    trace.needs.append(f"access keys: those of AWS profile {profile}" if profile else "access keys of AWS")
                    break
            case Forward(authorized, hide, needs):
                trace.needs += [needs] if needs else []
                outgoing(trace, authorized, hide)
                break
            case _:
                trace.needs.append(type(command).__name__.lower())
                break
    flow.close()


def _asking_nobody(grant: Grant, ambient: Ambient) -> Token | None:
    """The token of a grant that has it at hand, as cookies out of a file."""
    if isinstance(grant, InteractiveGrant):
        return None
    flow = grant.obtain(None, ambient)
    try:
        flow.send(None)
    except StopIteration as done:
        return cast("Token", done.value)
    flow.close()
    return None


def _way_to(grant: Grant, trace: Trace) -> str:
    """How a token comes about."""
    if isinstance(grant, InteractiveGrant):
        label = Label(trace.credential or trace.rule, trace.environment, grant.grant, grant.authorization_server)
        return f"someone must sign in: {label.login_command}"
    return f"{grant.grant} from {grant.authorization_server}"
