"""One client's request on its way from its head to its last response.

What can be done at once is done at once, without a task or an await; only what must wait (a token that is not held, a
secret behind a command) makes a step ``WAITING``. Whoever moves the bytes calls ``start`` when the head is there, collects
the body for ``start_whole`` or ``with_body`` where a step is ``BODY``, forwards what it is given, hands each response to
``answer``, and calls ``wait`` where a step says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from time import perf_counter
from typing import Any, Final, Literal, Protocol

from ..access_keys.ring import KeyRing
from ..errors import AuthwrightError
from ..flow.commands import Amend, Await, Forward, GetAccessKeys, GetToken, Note
from ..flow.language import Command, Flow
from ..flow.protocols import Scheme
from ..flow.token import Token
from ..message import Request, Response, is_probe
from ..outbound.fetching import Fetcher
from ..record.trace import Trace
from ..rules.policy import is_preflight
from ..rules.rule import Credential, Rule
from ..tokens.broker import Broker
from ..tokens.store import Label
from ..wire.aws.access_keys import AccessKeys
from .admission import admit, outgoing
from .driver import effect
from .memory import Memory, Past

MAX_SENDS: Final = 3
"""How often one request may be sent, challenges answered included."""

WAITING: Final = "waiting"
BODY: Final = "body"
type Step = Request | Literal["waiting", "body"] | None


class EngineServices(Protocol):
    """What an exchange finds where it stands: the engine."""

    broker: Broker
    memory: Memory
    key_ring: KeyRing
    fetcher: Fetcher

    async def obtain(self, command: GetToken, label: Label, record: Callable[[str], None]) -> Token:
        """The token that *command* asks for."""

    def in_background(self, obtaining: Awaitable[Token]) -> None:
        """Let *obtaining* go on without anybody waiting."""


class Exchange:
    """One client's request on its way.

    ``start``, ``start_whole``, ``with_body``, ``answer`` and ``wait`` give the next step: a request to forward, ``None`` when the exchange
    is over and the last response is the client's, ``WAITING``, or ``BODY`` when the request is authorised with its body,
    which was not there. After any error the flow is closed and nothing more is forwarded.
    """

    __slots__ = ("_admitted", "_at", "_flow", "_house", "_judges", "_pending", "_presented", "_rule", "_streaming", "trace")

    def __init__(
        self, house: EngineServices, rule: Rule, trace: Trace, *, streaming: bool, presented: Token | None, at: datetime | None
    ) -> None:
        self._house = house
        self._rule = rule
        self._flow: Flow[None] | None = None
        self._pending: Callable[[], Awaitable[Step]] | None = None
        self._streaming = streaming
        self._judges = False
        self._presented = presented
        self._at = at
        self._admitted: Request | None = None
        """The request without its body, while that is waited for."""
        self.trace = trace

    def start(self) -> Step:
        """Authorise the request as far as that goes without waiting."""
        credential = self._rule.credential
        request = self.trace.request
        if credential is None or is_preflight(request):
            self.trace.forwards.append(request)
            return request
        return self._guarded(lambda: self._start(credential))

    def start_whole(self, request: Request) -> Step:
        """Authorise *request*, with the body that the step ``BODY`` asked for; its head may have changed meanwhile."""
        self._streaming = False
        self.trace.request = request
        return self.start()

    def with_body(self, body: bytes) -> Step:
        """Authorise the request with the *body* that the step ``BODY`` asked for, and with the head that it had then."""
        credential, request, admitted = self._rule.credential, self.trace.request, self._admitted
        assert credential is not None
        assert admitted is not None
        self.trace.request = request.with_body(body)
        return self._guarded(lambda: self._run(credential.scheme(), admitted.with_body(body)))

    def answer(self, response: Response, *, replayable: bool = True) -> Step:
        """Go on after the origin answered.

        Args:
            response: its status and headers; the body too where it was read.
            replayable: whether the request's body can be sent again.
        """
        self.trace.statuses.append(response.status)
        flow = self._flow
        if flow is None:
            return None
        if is_probe(self.trace.request, self.trace.sent):
            return self._guarded(lambda: self._after_probe(response))
        again = self._rule.options.retry and len(self.trace.forwards) < MAX_SENDS
        if again and replayable:
            return self._guarded(lambda: self._advance(response))
        self._guarded(lambda: self._last(flow, response, renew=again))
        self.close()
        return None

    def expects(self, status: int) -> bool:
        """Whether an answer of this status is to be shown to :meth:`answer` before the client sees any of it."""
        return self._flow is not None and (status >= 400 or self._judges or is_probe(self.trace.request, self.trace.sent))

    async def wait(self) -> Step:
        """Do what the last step waits for, and go on."""
        began = perf_counter()
        try:
            return await self._go_on(WAITING)
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            self.trace.waited_ms += (perf_counter() - began) * 1000

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
                    self.trace.notes.append(command)
                case Amend(grant, change):
                    self._house.broker.amend(grant, change)
                case GetToken(rejected=Token()) if renew:
                    return self._house.in_background(self._obtained(command))
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
            self.trace.error = error
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
        request = admit(self._rule, scheme, self.trace)
        if request is None:
            return self.trace.request
        if self._streaming and scheme.reads_body(request):
            self._admitted = request
            return BODY
        return self._run(scheme, request)

    def _run(self, scheme: Scheme, request: Request) -> Step:
        ambient = self._house.memory.of(self._rule, scheme, request.origin, self.trace.environment)
        self._flow = scheme.authorize(request, ambient if self._at is None else Past(ambient, self._at))
        return self._advance(None)

    def _advance(self, answer: Response | Token | AccessKeys | None) -> Step:
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
                    return outgoing(self.trace, command.request, command.hide)
                case Note():
                    self.trace.notes.append(command)
                    answer = None
                case Amend(grant, change):
                    self._house.broker.amend(grant, change)
                    answer = None
                case GetToken() | GetAccessKeys():
                    answer = self._at_hand(command)
                    if answer is None:
                        return WAITING
                case Await(latch) if latch.over:
                    answer = None
                case _:
                    self._pending = lambda command=command: self._fetch(command)
                    return WAITING

    def _at_hand(self, command: GetToken | GetAccessKeys) -> Token | AccessKeys | None:
        """The token or the keys that are held; where none are, there is something to wait for now."""
        if isinstance(command, GetAccessKeys):
            keys = self._house.key_ring.held(command.profile)
            if keys is None:
                self._pending = lambda: self._access_keys(command.profile)
            return keys
        presented, self._presented = self._presented, None
        token = presented or self._house.broker.held(command.grant, command.rejected)
        if token is None:
            self._pending = lambda: self._obtain(command)
            return None
        self.trace.token_source = "cached"
        self._hide(token)
        return token

    async def _obtain(self, command: GetToken) -> Step:
        token = await self._obtained(command)
        self.trace.token_source = "fetched" if self.trace.fetches else "cached"
        self._hide(token)
        return await self._resume(token)

    async def _obtained(self, command: GetToken) -> Token:
        trace = self.trace
        label = Label.of(trace.credential or trace.rule, trace.environment, command.grant)
        return await self._house.obtain(command, label, trace.fetches.append)

    async def _access_keys(self, profile: str) -> Step:
        return await self._resume(await self._house.key_ring.obtain(profile))

    async def _fetch(self, command: Command) -> Step:
        return await self._resume(await effect(self._house.fetcher, command, self.trace.fetches.append))

    async def _resume(self, answer: Any) -> Step:
        return await self._go_on(self._advance(answer))

    async def _go_on(self, step: Step) -> Step:
        """*step*, or what comes after it when it must be waited for."""
        while step is WAITING:
            pending, self._pending = self._pending, None
            assert pending is not None, "nothing to wait for"
            step = await pending()
        return step

    def _hide(self, token: Token) -> None:
        self.trace.hide(
            tuple(s for s in (token.access_token, token.refresh_token, token.id_token, token.cookies) if s is not None)
        )
