"""One client's request on its way from its head to its last response.

What can be done at once is done at once, without a task or an await; only what must wait (a token that is not held, a
secret behind a command) makes a step ``WAITING``. The carrier calls ``start`` when the head is there, collects
the body for ``start_whole`` or ``with_body`` where a step is ``BODY``, forwards what it is given, hands each response to
``answer``, and calls ``wait`` where a step says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from time import perf_counter
from typing import Any, Final, Literal, Protocol

from ..errors import AuthwrightError
from ..flow.commands import Amend, Await, Forward, GetToken, Note, Provide
from ..flow.language import Command, Flow
from ..flow.protocols import Ambient, Scheme
from ..flow.token import Token
from ..message import Headers, Request, Response, is_probe
from ..outbound.fetching import Fetcher
from ..record.events import (
    Answered,
    Asked,
    Asking,
    Because,
    BodyRead,
    Event,
    Failed,
    Hidden,
    RedactedBy,
    Sent,
    TokenSource,
    TokenTaken,
    Waited,
)
from ..record.recorder import Level, Recorder
from ..record.trace import Trace
from ..rules.binding import on_host
from ..rules.hosts import HostPattern
from ..rules.policy import is_preflight
from ..rules.rule import Credential, Rule
from ..rules.ruleset import RuleSet
from ..tokens.broker import Broker
from ..tokens.store import Label
from .admission import KEPT, admit, outgoing
from .authorised import ResponseOutline
from .driver import effect
from .memory import Memory, Past
from .providers import Provider, Providers

MAX_SENDS: Final = 3
"""How often one request may be sent, challenges answered included."""

WAITING: Final = "waiting"
BODY: Final = "body"
type Step = Request | Literal["waiting", "body"] | None


class EngineServices(Protocol):
    """The engine, as an exchange sees it."""

    broker: Broker
    memory: Memory
    providers: Providers
    fetcher: Fetcher
    ambient: Ambient
    recorder: Recorder

    async def obtain(
        self, command: GetToken, label: Label, asking: Asking, *, rules: RuleSet, needed: tuple[HostPattern, ...]
    ) -> Token:
        """The token that *command* asks for, to be presented to the hosts *needed*."""

    def in_background(self, obtaining: Awaitable[Token]) -> None:
        """Let *obtaining* go on in the background."""


class Exchange:
    """One client's request on its way.

    ``start``, ``start_whole``, ``with_body``, ``answer`` and ``wait`` give the next step: a request to forward, ``None`` when the exchange
    is over and the last response is the client's, ``WAITING``, or ``BODY`` when the request is authorised with its body,
    which was not there. After any error the flow is closed and nothing more is forwarded.

    ``request`` is what the client sent, ``sent`` what left last, ``sends`` how often something did. ``events`` says what happened
    so far.
    """

    __slots__ = (
        "_admitted",
        "_at",
        "_fetched",
        "_flow",
        "_handed_on",
        "_judges",
        "_left_at",
        "_pending",
        "_presented",
        "_rule",
        "_rules",
        "_services",
        "_streaming",
        "events",
        "request",
        "sends",
        "sent",
    )
    replays: Final = True
    """True: the request may be sent again."""

    def __init__(
        self,
        services: EngineServices,
        rules: RuleSet,
        rule: Rule,
        request: Request,
        events: list[Event],
        *,
        streaming: bool,
        presented: Token | None,
        at: datetime | None,
    ) -> None:
        self.request = self.sent = request
        self.sends = 0
        self.events = events
        self._services = services
        self._rules = rules
        self._rule = rule
        self._fetched = False
        """True when a request of our own was answered for it."""
        self._handed_on = False
        self._flow: Flow[None] | None = None
        self._pending: Callable[[], Awaitable[Step]] | None = None
        self._streaming = streaming
        self._judges = False
        self._left_at: datetime | None = None
        self._presented = presented
        self._at = at
        self._admitted: Request | None = None
        """The request without its body, while that is waited for."""

    @property
    def trace(self) -> Trace:
        """The trace so far."""
        return Trace.of(self.events)

    def hand_on(self) -> Sequence[Event]:
        """The events, for the recorder. What happens later is told by itself."""
        self._handed_on = True
        return self.events

    def start(self, left_at: datetime | None = None) -> Step:
        """Authorise the request as far as that goes without waiting.

        Args:
            left_at: when it left already, where this exchange says afterwards what happened.
        """
        self._left_at = left_at
        credential = self._rule.credential
        if credential is None or is_preflight(self.request):
            return self._leaving(self.request)
        return self._guarded(lambda: self._start(credential))

    def start_whole(self, request: Request) -> Step:
        """Authorise *request*, with the body that the step ``BODY`` asked for; its head may have changed meanwhile."""
        self._streaming = False
        self._whole(request)
        return self.start()

    def with_body(self, body: bytes) -> Step:
        """Authorise the request with the *body* that the step ``BODY`` asked for, and with the head that it had then."""
        credential, admitted = self._rule.credential, self._admitted
        assert credential is not None
        assert admitted is not None
        self._whole(self.request.with_body(body))
        return self._guarded(lambda: self._run(credential.scheme(), admitted.with_body(body)))

    def answer(self, response: Response, *, replayable: bool = True) -> Step:
        """Go on after the origin answered.

        Args:
            response: its status and headers; the body too where it was read.
            replayable: whether the request's body can be sent again.
        """
        self.events.append(Answered(response, self._services.ambient.now()))
        flow = self._flow
        if flow is None:
            return None
        if is_probe(self.request, self.sent):
            return self._guarded(lambda: self._after_probe(response))
        again = self._rule.options.retry and self.sends < MAX_SENDS
        if again and replayable:
            return self._guarded(lambda: self._advance(response))
        self._guarded(lambda: self._last(flow, response, renew=again))
        self.close()
        return None

    def delivered(self, response: ResponseOutline, at: datetime | None) -> None:  # noqa: ARG002 - told by the answer itself
        """Note that *response* goes to the client without having been shown to :meth:`answer`; whatever fails here, it goes."""
        with suppress(Exception):
            self.answer(Response(response.status, response.headers), replayable=False)

    def events_for(self, refusal: AuthwrightError | None) -> Sequence[Event]:  # noqa: ARG002 - the events tell it already
        """The events, whether or not the request was refused."""
        return self.hand_on()

    def saw(self, response: ResponseOutline, at: datetime | None) -> None:
        """Note the *response* to a request that left before this exchange began; it came *at* that time, else now."""
        whole = self._services.recorder.level >= Level.EXCHANGES
        headers = response.headers if whole else Headers()
        self.events.append(Answered(Response(response.status, headers), at or self._services.ambient.now()))

    def expects(self, status: int) -> bool:
        """True when an answer of this status is to be shown to :meth:`answer` before the client sees any of it."""
        return self._flow is not None and (status >= 400 or self._judges or is_probe(self.request, self.sent))

    async def wait(self) -> Step:
        """Do what the last step waits for, and go on."""
        began = perf_counter()
        try:
            return await self._go_on(WAITING)
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            self.events.append(Waited((perf_counter() - began) * 1000))

    def close(self) -> None:
        """End the exchange; the flow forwards nothing more."""
        if self._flow is not None:
            self._flow.close()
            self._flow = None
        self._pending = None

    def _after_probe(self, response: Response) -> Step:
        step = self._advance(response)
        if step is None:
            raise AuthwrightError("The scheme asked before the request, and then did not send it.")
        return step

    def _last(self, flow: Flow[None], response: Response, *, renew: bool) -> None:
        """This request is not sent again; but its flow learns, and a token that was rejected is replaced for the next one."""
        answer: Response | None = response
        while True:
            try:
                command = flow.send(answer)
            except StopIteration:
                return None
            answer = None
            match command:
                case Note():
                    self.events.append(command)
                case Amend(grant, change):
                    self._services.broker.amend(grant, change)
                case GetToken(rejected=Token()) if renew:
                    return self._services.in_background(self._obtained(command))
                case _:
                    return None

    def _guarded[T](self, step: Callable[[], T]) -> T:
        try:
            return step()
        except BaseException as error:
            self._fail(error)
            raise

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, AuthwrightError):
            self.events.append(Failed(error))
        self.close()

    def _start(self, credential: Credential) -> Step:
        if credential.ready:
            return self._authorize(credential.scheme())
        self._pending = self._read_secrets
        return WAITING

    async def _read_secrets(self) -> Step:
        credential = self._rule.credential
        assert credential is not None
        return await self._go_on(self._authorize(await asyncio.to_thread(credential.scheme)))

    def _authorize(self, scheme: Scheme) -> Step:
        credential = self._rule.credential
        assert credential is not None
        self.events.append(RedactedBy(credential.redactor))
        request = admit(self._rule, scheme, self.request)
        if request is None:
            self.events.append(Because((KEPT,)))
            return self._leaving(self.request)
        if self._streaming and scheme.reads_body(request):
            self._admitted = request
            return BODY
        return self._run(scheme, request)

    def _run(self, scheme: Scheme, request: Request) -> Step:
        ambient = self._services.memory.of(self._rule, scheme, request.origin, self._rules.environment)
        self._flow = scheme.authorize(request, ambient if self._at is None else Past(ambient, self._at))
        return self._advance(None)

    def _advance(self, answer: Any) -> Step:
        while True:
            assert self._flow is not None
            try:
                command = self._flow.send(answer)
            except StopIteration:
                self._flow = None
                return None
            match command:
                case Forward():
                    self._judges = command.judges
                    if command.hide:
                        self.events.append(Hidden(command.hide))
                    return self._leaving(outgoing(self.request, command.request))
                case Note():
                    self.events.append(command)
                    answer = None
                case Amend(grant, change):
                    self._services.broker.amend(grant, change)
                    answer = None
                case GetToken() | Provide():
                    answer = self._token(command) if isinstance(command, GetToken) else self._provided(command)
                    if answer is None:
                        return WAITING
                case Await(latch) if latch.over:
                    answer = None
                case _:
                    self._pending = lambda command=command: self._fetch(command)
                    return WAITING

    def _provided[T](self, command: Provide[T]) -> T | None:
        """The value that its provider holds; where it holds none, there is something to wait for now."""
        provider = self._services.providers.of(command.kind)
        held = provider.held(command.name)
        if held is None:
            self._pending = lambda: self._obtain_from(provider, command.name)
        return held

    def _token(self, command: GetToken) -> Token | None:
        """The token that is held; where none is, there is something to wait for now."""
        presented, self._presented = self._presented, None
        token = presented or self._services.broker.held(command.grant, command.rejected, self.request.origin.host)
        if token is None:
            self._pending = lambda: self._obtain(command)
            return None
        self._take(token, "cached")
        return token

    async def _obtain(self, command: GetToken) -> Step:
        token = await self._obtained(command)
        self._take(token, "fetched" if self._fetched else "cached")
        return await self._resume(token)

    async def _obtained(self, command: GetToken) -> Token:
        rules, credential = self._rules, self._rule.credential
        assert credential is not None
        label = Label.of(credential.name or self._rule.name, rules.environment, command.grant, rules.hosts_of(credential))
        needed = on_host(self.request.origin.host)
        return await self._services.obtain(command, label, self._asked, rules=rules, needed=needed)

    async def _obtain_from[T](self, provider: Provider[T], name: str) -> Step:
        return await self._resume(await provider.obtain(name))

    async def _fetch(self, command: Command) -> Step:
        return await self._resume(await effect(self._services.fetcher, command, self._asked))

    async def _resume(self, answer: Any) -> Step:
        return await self._go_on(self._advance(answer))

    async def _go_on(self, step: Step) -> Step:
        """*step*, or what comes after it when it must be waited for."""
        while step is WAITING:
            pending, self._pending = self._pending, None
            assert pending is not None, "nothing to wait for"
            step = await pending()
        return step

    def _whole(self, request: Request) -> None:
        self.request = self.sent = request
        self.events.append(BodyRead(request, self._services.ambient.now()))

    def _leaving(self, request: Request) -> Request:
        self.sent = request
        self.sends += 1
        at, self._left_at = self._left_at, None
        self.events.append(Sent(request, at or self._services.ambient.now()))
        return request

    def _take(self, token: Token, source: TokenSource) -> None:
        secrets = (token.access_token, token.refresh_token, token.id_token, token.cookies)
        self.events += TokenTaken(source), Hidden(tuple(secret for secret in secrets if secret is not None))

    def _asked(self, asked: Asked) -> None:
        """Take in that a request of our own was made; without headers and bodies where no listener wants them."""
        self._fetched = self._fetched or asked.response is not None
        recorder = self._services.recorder
        if self._handed_on:
            recorder.tell((recorder.fitting(asked),), aside=True)
        else:
            self.events.append(recorder.fitting(asked))
