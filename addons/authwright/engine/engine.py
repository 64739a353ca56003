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
from ..rules.binding import on_host
from ..rules.hosts import HostPattern
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
        events = beginning(request, rules.environment, plan, came or self.ambient.now())
        return Exchange(self, rules, plan.rule, request, events, streaming=streaming, presented=presented, at=at)

    async def token(
        self,
        rules: RuleSet,
        credential: Credential,
        rejected: Token | None = None,
        *,
        name: str = "",
        needed: tuple[HostPattern, ...] = (),
    ) -> Token:
        """The token of an OAuth 2.0 credential, outside any request.

        Args:
            rules: the rules in force.
            credential: the credential.
            rejected: the token to replace.
            name: what a credential is called that stands inline in a rule.
            needed: the hosts that it may be presented to by whoever takes it.

        Raises:
            AuthwrightError: the credential has no token, or it cannot be had.
        """
        name = name or credential.name
        grant = await asyncio.to_thread(grant_of, name, credential)
        label = Label.of(name, rules.environment, grant, rules.hosts_of(credential))
        return await self.obtain(GetToken(grant, rejected), label, rules=rules, needed=needed)

    async def obtain(
        self,
        command: GetToken,
        label: Label,
        asking: Asking | None = None,
        *,
        rules: RuleSet | None = None,
        needed: tuple[HostPattern, ...] = (),
    ) -> Token:
        """The token that *command* asks for: the held one, one that its grant obtains, or one that a person does.

        Args:
            command: whose token.
            label: what it is for.
            asking: told of each request it takes; the recorder is, where that is nobody's.
            rules: the rules in force, which know the credentials whose tokens its grant exchanges.
            needed: the hosts that the token is about to be presented to.

        Raises:
            AuthwrightError: no token can be had.
        """
        grant, rejected = command.grant, command.rejected
        try:
            return await self.broker.obtain(
                grant,
                lambda flow: self._run(grant, flow, label, asking, rules),
                label=label,
                rejected=rejected,
                asking=asking or self._asked_alone,
                needed=needed,
            )
        except InteractionRequired as required:
            return await self.sign_ins.token(grant, label, required, self.sign_in)

    async def sign_in(self, grant: InteractiveGrant, label: Label, agent: UserAgent, *, device: bool = False) -> Token:
        """Obtain a token with a person, and keep it in place of the one that is held.

        Raises:
            AuthwrightError: it did not come to that.
        """
        with told(self.recorder, self.ambient, grant, label) as asking:
            token = await self.run_grant(grant.sign_in(self.ambient, device=device), asking, agent)
            return await self.broker.keep(grant, token, label=label)

    def in_background(self, obtaining: Awaitable[Token]) -> None:
        """Let *obtaining* go on in the background; the next request that needs the token hears its failure."""

        async def quietly() -> None:
            with suppress(AuthwrightError):
                await obtaining

        task = asyncio.get_running_loop().create_task(quietly())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def run_grant[T](self, flow: Flow[T], asking: Asking | None = None, agent: UserAgent = UNATTENDED) -> T:
        """Drive to its end a flow of a grant that asks for no other credential's token.

        Args:
            flow: the flow.
            asking: told of each request it made; the recorder is, where that is nobody's.
            agent: brings a person.
        """
        return await run_grant(self.fetcher, flow, asking or self._asked_alone, agent=agent)

    async def _run(self, grant: Grant, flow: Flow[Token], label: Label, asking: Asking | None, rules: RuleSet | None) -> Token:
        """Drive the flow by which *grant* obtains a token."""

        async def another(command: GetToken) -> Token:
            """The token of another credential, which goes to the token endpoint of this grant."""
            source = rules.credentials.get(command.credential) if rules is not None else None
            hosts = rules.hosts_of(source) if rules is not None and source is not None else ()
            there = on_host(Request.of("POST", grant.authorization_server).origin.host)
            about = Label.of(command.credential, label.environment, command.grant, hosts)
            try:
                return await self.obtain(command, about, asking, rules=rules, needed=there)
            except AuthwrightError as error:
                error.of_source = True
                raise

        return await run_grant(self.fetcher, flow, asking or self._asked_alone, another)

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
