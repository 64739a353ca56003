"""The engine run dry: which rule, why, and what would be sent. Nothing is sent, stored or fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from ..ambient import fresh_nonce
from ..errors import AuthwrightError
from ..flow.commands import Forward, GetToken, Note, Provide
from ..flow.language import Flow
from ..flow.protocols import Ambient, Grant, Remembering, needs_person
from ..flow.token import Token
from ..message import Request
from ..origin import ProxiedOrigin
from ..record.events import Because, Began, Event, Failed, Hidden, Needed, RedactedBy, Sent, TokenTaken
from ..record.trace import Explanation, Trace
from ..rules.policy import is_preflight
from ..rules.rule import Rule
from ..rules.ruleset import Plan, RuleSet
from ..tokens.store import Label
from .admission import KEPT, admit, decided, outgoing
from .memory import Memory
from .providers import system_providers

__all__ = ["Explanation", "explain"]

type Held = Callable[[Grant], Token | None]
type Tell = Callable[[Event], None]


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
    request = Request.of(method, url, fields, body)
    if rules.settings.mode.startswith("upstream:"):
        request = replace(request, origin=ProxiedOrigin(*request.origin))
    events: list[Event] = [Began(request, ambient.now(), rules.environment)]
    try:
        _run(rules, request, ambient, tokens, events.append)
    except AuthwrightError as error:
        events.append(Failed(error))
    return Trace.of(events).explanation()


def _run(rules: RuleSet, request: Request, ambient: Ambient, tokens: Held, tell: Tell) -> None:
    """Tell what would happen to *request*."""
    why = tuple(rules.why(request))
    plan = rules.plan(request)
    if plan is None:
        tell(Because(why))
        return
    tell(decided(plan, why))
    credential = plan.rule.credential
    if credential is None:
        return
    if is_preflight(request):
        tell(Because(("a CORS preflight carries no credential: it passes as it is",)))
        return
    scheme = credential.scheme()
    tell(RedactedBy(credential.redactor))
    admitted = admit(plan.rule, scheme, request)
    if admitted is None:
        tell(Because((KEPT,)))
        tell(Sent(request, ambient.now()))
        return
    remembering = Memory(ambient).of(plan.rule, scheme, request.origin, rules.environment)
    authorized = _first_forward(scheme.authorize(admitted, remembering), remembering, tokens, tell, plan, rules.environment)
    if authorized is not None:
        tell(Sent(outgoing(request, authorized), ambient.now()))


def _first_forward(
    flow: Flow[None], ambient: Remembering, tokens: Held, tell: Tell, plan: Plan, environment: str
) -> Request | None:
    """Answer the flow from what is known, up to its first question that needs the network; what it would send by then."""
    answer: Any = None
    lacking = ""
    while not lacking:
        command = flow.send(answer)
        answer = None
        match command:
            case Note():
                tell(command)
            case GetToken(grant):
                answer = token = tokens(grant) or _asking_nobody(grant, ambient)
                if token is None:
                    lacking = f"token: {_way_to(grant, plan.rule, environment)}"
                else:
                    tell(TokenTaken("cached"))
                    tell(Hidden((token.access_token,)))
            case Provide(kind, name):
                provider = system_providers(ambient).of(kind)
                answer = provider.at_hand(name)
                if answer is None:
                    lacking = provider.need(name)
            case Forward(authorized, hide, needs):
                tell(Hidden(hide))
                if needs:
                    tell(Needed(needs))
                flow.close()
                return authorized
            case _:
                lacking = type(command).__name__.lower()
    flow.close()
    tell(Needed(lacking))
    return None


def _asking_nobody(grant: Grant, ambient: Ambient) -> Token | None:
    """The token of a grant that has it at hand, as cookies out of a file."""
    if needs_person(grant):
        return None
    flow = grant.obtain(None, ambient)
    try:
        flow.send(None)
    except StopIteration as done:
        return cast("Token", done.value)
    flow.close()
    return None


def _way_to(grant: Grant, rule: Rule, environment: str) -> str:
    """How a token comes about."""
    if needs_person(grant):
        label = Label.of((rule.credential.name if rule.credential else "") or rule.name, environment, grant)
        return f"someone must sign in: {label.login_command}"
    return f"{grant.grant} from {grant.authorization_server}"
