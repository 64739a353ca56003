"""Drives flows: the only place where commands become effects.

A request's way is an :class:`~authwright.engine.exchange.Exchange`, begun here; tokens are obtained here also for others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime

from ..errors import AuthwrightError, InteractionRequired
from ..flow.commands import GetToken
from ..flow.language import Flow
from ..flow.protocols import Ambient, Grant, InteractiveGrant, Scheme
from ..flow.token import Token
from ..message import Request
from ..outbound.fetching import Fetcher, Transport
from ..record.events import Asked, Asking
from ..record.recorder import UNHEARD, Recorder
from ..rules.rule import Credential
from ..rules.ruleset import Plan, RuleSet
from ..tokens.broker import Broker
from ..tokens.store import Label
from .admission import beginning
from .driver import UNATTENDED, UserAgent, run_grant
from .exchange import Exchange
from .memory import Memory
from .providers import Providers, system_providers
from .signin import OpenAgent, SignIns, told


class Engine:
    """Begins exchanges.

    Args:
        transport: how requests of our own are sent.
        broker: where tokens come from.
        ambient: time and chance.
        open_agent: what brings a person to an authorization server while requests wait; ``None`` where the proxy may not ask.
        recorder: is told what happened.
    """

    def __init__(
        self,
        transport: Transport,
        broker: Broker,
        ambient: Ambient,
        open_agent: OpenAgent | None = None,
        recorder: Recorder = UNHEARD,
    ) -> None:
        self.transport = transport
        self.broker = broker
        self.ambient = ambient
        self.recorder = recorder
        self.memory = Memory(ambient)
        self.providers: Providers = system_providers(ambient)
        self.fetcher = Fetcher(transport, ambient)
        self.sign_ins = SignIns(open_agent, ambient)
        self._background: set[asyncio.Task[None]] = set()

    def begin(
        self,
        rules: RuleSet,
        plan: Plan,
        request: Request,
        *,
        streaming: bool = False,
        presented: Token | None = None,
        at: datetime | None = None,
        came: datetime | None = None,
    ) -> Exchange:
        """An exchange for *request*, which *plan* matched; nothing has happened yet.

        Args:
            rules: the rules in force.
            plan: what they say of the request.
            request: what the client sent.
            streaming: whether that is the head alone, and the body still to come.
            presented: the token that the request has left with already, where its credential stood.
            at: when it was signed already, where it has left with a stamp.
            came: when the request came, where that is not now.
        """
        environment = rules.environment
        events = beginning(request, environment, plan, came or self.ambient.now())
        return Exchange(self, plan.rule, request, environment, events, streaming=streaming, presented=presented, at=at)

    async def token(self, credential: Credential, environment: str, rejected: Token | None = None, *, name: str = "") -> Token:
        """The token of an OAuth 2.0 credential, outside any request.

        Args:
            credential: the credential.
            environment: the active environment.
            rejected: the token to replace.
            name: what a credential is called that stands inline in a rule.

        Raises:
            AuthwrightError: the credential has no token, or it cannot be had.
        """
        name = name or credential.name
        grant = await asyncio.to_thread(grant_of, name, credential)
        return await self.obtain(GetToken(grant, rejected), Label.of(name, environment, grant))

    async def obtain(self, command: GetToken, label: Label, asking: Asking | None = None) -> Token:
        """The token that *command* asks for: the held one, one that its grant obtains, or one that a person does.

        Args:
            command: whose token.
            label: what it is for.
            asking: told of each request it takes; the recorder by default.

        Raises:
            AuthwrightError: no token can be had.
        """
        grant, rejected = command.grant, command.rejected
        held = self.broker.held(grant, rejected)
        if held is not None:
            return held
        try:
            return await self.broker.obtain(
                grant,
                lambda flow: self.run_grant(flow, label, asking),
                label=label,
                rejected=rejected,
                asking=asking or self._asked_alone,
            )
        except InteractionRequired as needed:
            return await self.sign_ins.token(grant, label, needed, self.sign_in)

    async def sign_in(self, grant: InteractiveGrant, label: Label, agent: UserAgent, *, device: bool = False) -> Token:
        """Obtain a token with a person, and keep it in place of the one that is held.

        Raises:
            AuthwrightError: it did not come to that.
        """
        with told(self.recorder, self.ambient, grant, label) as asking:
            token = await self.run_grant(grant.sign_in(self.ambient, device=device), label, asking, agent)
            return await self.broker.keep(grant, token, label=label)

    def in_background(self, obtaining: Awaitable[Token]) -> None:
        """Let *obtaining* go on in the background; the next request that needs the token hears its failure."""

        async def quietly() -> None:
            with suppress(AuthwrightError):
                await obtaining

        task = asyncio.get_running_loop().create_task(quietly())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def run_grant[T](self, flow: Flow[T], label: Label, asking: Asking | None = None, agent: UserAgent = UNATTENDED) -> T:
        """Drive a grant's flow to its end.

        Args:
            flow: the flow.
            label: what it is for.
            asking: told of each request it made; the recorder by default.
            agent: brings a person.
        """

        async def another(command: GetToken) -> Token:
            try:
                return await self.obtain(command, Label.of(command.credential, label.environment, command.grant), asking)
            except AuthwrightError as error:
                error.of_source = True
                raise

        return await run_grant(self.fetcher, flow, asking or self._asked_alone, another, agent)

    def _asked_alone(self, asked: Asked) -> None:
        """Tell of a request of ours that no exchange caused."""
        self.recorder.tell((self.recorder.fitting(asked),), aside=True)


def grant_of(name: str, credential: Credential) -> Grant:
    """The grant of the credential called *name*; its secrets are read. May block.

    Raises:
        AuthwrightError: it is none that has tokens.
    """
    scheme: Scheme = credential.scheme()
    grant = scheme.grant
    if grant is None:
        raise AuthwrightError(f"{name} is of type {credential.type}, which has no token.", code="no_token")
    return grant
