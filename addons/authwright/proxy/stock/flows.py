"""One request through mitmproxy's HTTP layer, from its head to its end.

:meth:`Flows._script` is the screenplay. It yields the event that it waits for, and the hook that mitmproxy calls then
takes it up again. mitmproxy logs an exception of a hook and lets the request go, so every failure in here becomes an
answer, and a request leaves only when the script has cleared it (``request_state``, ``stream``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mitmproxy import http
from mitmproxy.proxy.mode_specs import RegularMode, UpstreamMode

from ...engine.exchange import BODY, WAITING, Step
from ...errors import AuthwrightError, RequestError, kept
from ...message import Request, is_probe
from ...record.events import Event
from ...record.recorder import Level
from ...terminal import visible
from .. import backpressure, intake, refuse
from ..intake import REPLAY_LIMIT, Intake
from ..limits import too_large
from . import convert, request_state, stream
from .heard import HeardBodies
from .request_state import RequestState

if TYPE_CHECKING:
    from ...engine.exchange import Exchange
    from ...origin import Origin
    from ...rules.ruleset import Plan

log = logging.getLogger("authwright")

STREAM_FROM: Final = 1 << 20
"""Bytes of the longest body that is kept inside a user's own mitmproxy, which shows bodies; longer ones stream past."""

HEAD: Final = "head"
ANSWER: Final = "answer"
AGAIN: Final = "again"
type FlowScript[T] = Generator[str, Any, T]
"""Yields the event that it waits for: ``HEAD``, ``BODY``, ``WAITING`` for the engine, ``ANSWER``, ``AGAIN``."""


class Flows:
    """The hooks that mitmproxy calls for each request.

    Args:
        intake: what both carriers do with every request.
        lean: whether this is our own master, which keeps no bodies.
    """

    name = "authwright_flows"

    def __init__(self, intake: Intake, *, lean: bool) -> None:
        self.intake = intake
        self.services = intake.services
        self.lean = lean

    # -- the screenplay

    def _script(self, flow: http.HTTPFlow, state: RequestState) -> FlowScript[None]:
        """One request: admit, plan, authorise, collect the body, clear, and answer challenges until one answer is the client's."""
        origin = state.origin = self._admit(flow, state)
        plan = self._plan(flow, state, origin)
        if plan is None:
            self._stream_body(flow, state, replay=False)
            state.cleared = "bare"
            return
        exchange = self._begin(state, plan)
        step = yield from _ended(exchange.start())
        if step is BODY:
            self._collect_body(flow, state)
            yield BODY
            step = yield from _ended(exchange.start_whole(_whole(flow, state, origin)))
        elif isinstance(step, Request):
            self._stream_body(flow, state, replay=plan.rule.options.retry)
        while True:
            self._clear(flow, state, step)
            yield ANSWER
            assert flow.response is not None
            step = yield from _ended(exchange.answer(convert.response_of(flow.response), replayable=state.replayable))
            if not isinstance(step, Request):
                return
            state.sends_again = True
            yield AGAIN
            state.sends_again = False

    def _admit(self, flow: http.HTTPFlow, state: RequestState) -> Origin:
        """The origin that the request may go to; the flow then leads there and nowhere else."""
        if state.claims is None:
            raise RequestError("The request cannot be read.", code="malformed_head")
        origin = self.intake.admit(state.claims, flow.client_conn)
        state.close = convert.strip_hop_by_hop(flow.request)
        convert.pin(flow.request, origin)
        return origin

    def _plan(self, flow: http.HTTPFlow, state: RequestState, origin: Origin) -> Plan | None:
        """The plan of the rule that matches; ``None`` when none does, or the rule has no credential."""
        rules = self.services.rules.current
        request = convert.request_of(flow.request, origin)
        plan = rules.plan(request)
        if plan is None or plan.rule.credential is None:
            return None
        state.rules, state.plan = rules, plan
        state.sent = replace(request, streamed=stream.installed() and self._streams(flow, state, replay=True))
        return plan

    def _begin(self, state: RequestState, plan: Plan) -> Exchange:
        assert state.claims is not None
        assert state.rules is not None
        assert state.sent is not None
        state.identity = intake.identity_of(plan, multiplexed=state.claims.multiplexed)
        state.exchange = self.services.engine.begin(
            state.rules, plan, state.sent, streaming=not state.end_stream, came=state.came
        )
        return state.exchange

    def _stream_body(self, flow: http.HTTPFlow, state: RequestState, *, replay: bool) -> None:
        flow.request.stream = flow.request.stream or self._streams(flow, state, replay=replay)

    def _streams(self, flow: http.HTTPFlow, state: RequestState, *, replay: bool) -> bool:
        """True when the body streams past; a short one is kept so that the request can be sent again."""
        length = convert.content_length(flow.request)
        keep = STREAM_FROM if not self.lean else REPLAY_LIMIT if replay else 0
        return not state.end_stream and (length is None or length > keep)

    def _collect_body(self, flow: http.HTTPFlow, state: RequestState) -> None:
        limit = self.services.settings.max_signed_body
        if (convert.content_length(flow.request) or 0) > limit:
            raise too_large(limit)
        state.body_limit = limit
        flow.request.stream = False

    def _clear(self, flow: http.HTTPFlow, state: RequestState, step: Step) -> None:
        """Put the authorised request on the flow, and clear it as the last thing done."""
        if not isinstance(step, Request) or state.sent is None:
            raise AuthwrightError("The credential yields no request to send.")
        state.probe = convert.probe(flow.request, step) if is_probe(state.sent, step) else None
        if state.probe is None:
            convert.apply(flow.request, state.sent, step)
            if step.rewrite is not None:
                flow.request.stream = convert.rewriting(step.rewrite)
            state.sent = step
        state.cleared = "authorised"

    # -- the hooks that take it up, in the order in which mitmproxy calls them

    def requestheaders(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A request's head has come."""
        if flow.error or flow.response:
            return None  # mitmproxy or another addon answers it: nothing leaves
        state = self.state_of(flow)
        self.intake.active.add(state)
        if self.intake.recorder.level > Level.NOTHING:
            state.came = self.services.engine.ambient.now()
        if self.intake.hears_bodies:
            state.heard = HeardBodies(self.intake.bodies(), end_stream=state.end_stream)
        state.script, state.awaited = self._script(flow, state), HEAD
        return self._resume(flow, state, HEAD)

    def request(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A request's body has come."""
        if flow.error or flow.response:
            return None
        return self._resume(flow, self.state_of(flow), BODY)

    def authwright_answer(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """The origin's answer may be a challenge: the scheme may want to send the request again."""
        return self._resume(flow, self.state_of(flow), ANSWER) if flow.response else None

    def authwright_resend(self, flow: http.HTTPFlow) -> None:
        """The origin's answer was read to its end: put the next request on the flow."""
        self._resume(flow, self.state_of(flow), AGAIN)
        flow.response = None  # a refusal is answered by the stream

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """A response's head has come, and goes to the client."""
        state, response = self.state_of(flow), flow.response
        if response is None:
            return
        with contextlib.suppress(Exception):  # the request is out; its response is delivered whatever happens here
            if self.lean or convert.never_ends(response):
                response.stream = True
            if state.awaited is ANSWER and not state.refusal:
                state.replayable = False
                _advance(state)
            elif self.intake.recorder.everything and state.cleared == "bare":
                state.response, state.answered_at = convert.response_of(response), self.services.engine.ambient.now()
            if self.intake.annotate and state.rule_name:
                response.headers["Authwright-Rule"] = visible(state.rule_name)
            if (state.close or self.intake.closing) and not (response.is_http2 or response.status_code == 101):
                response.headers["Connection"] = "close"

    def response(self, flow: http.HTTPFlow) -> None:
        """A response was delivered."""
        self.finish(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """A request failed."""
        self.finish(flow)

    # -- the script's driver

    def _resume(self, flow: http.HTTPFlow, state: RequestState, event: str) -> Awaitable[None] | None:
        """Take the script up if it waits for *event*; a hook returns an awaitable only where the engine must be waited for."""
        if state.awaited is not event:
            return None
        try:
            _advance(state)
            if state.awaited is WAITING:
                return self._waited(flow, state)
        except BaseException as error:  # noqa: BLE001 - a request must never go out because something failed
            self._refuse(flow, state, error)
            let_go(error)
        return None

    async def _waited(self, flow: http.HTTPFlow, state: RequestState) -> None:
        """Wait for the engine and go on; the client is not read from meanwhile, or what it sends would have no bound."""
        alone = state.claims is not None and not state.claims.multiplexed
        if alone:
            backpressure.pause(flow.client_conn)
        try:
            while state.awaited is WAITING:
                assert state.exchange is not None
                _advance(state, await state.exchange.wait())
        except BaseException as error:  # noqa: BLE001 - as above
            self._refuse(flow, state, error)
            let_go(error)
        finally:
            if alone:
                backpressure.resume(flow.client_conn)

    def _refuse(self, flow: http.HTTPFlow, state: RequestState, error: BaseException) -> None:
        _close(state)
        state.refusal = kept(refuse.wrapped(error))
        state.cleared = ""
        if not isinstance(error, AuthwrightError):
            log.error("a request failed: %s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
        flow.response = convert.refusal(flow.request, state.refusal, state.rule_name)
        flow.request.headers.pop("expect", None)  # the answer comes instead of "100 Continue"
        flow.request.stream = stream.installed()  # the stream then answers at once, and reads no body

    def finish(self, flow: http.HTTPFlow) -> None:
        """End the request, and hand its events on once."""
        state = self.state_of(flow)
        self.intake.active.discard(state)
        _close(state)
        exchange, state.exchange = state.exchange, None
        if exchange is not None:
            exchange.close()
        if state.reported:
            return
        state.reported = True

        def events() -> Sequence[Event]:
            if exchange is not None:
                return exchange.hand_on()
            return state.events(flow.request, self.services.rules.current.environment, self.services.engine.ambient.now())

        bodies = state.heard.bodies if state.heard is not None else None
        self.intake.finish(events, state.refusal, flow.client_conn, aside=exchange is None, bodies=bodies)

    def state_of(self, flow: http.HTTPFlow) -> RequestState:
        """The request's state; where mitmproxy's own stream serves, it is made of what that left of the request."""
        found = request_state.of(flow.request)
        if found is None:
            mode = flow.client_conn.proxy_mode
            forward = isinstance(mode, RegularMode | UpstreamMode) and flow.client_conn not in self.intake.authenticated
            claims = convert.claims_of(flow.request, flow.client_conn, None, forward=forward)
            found = RequestState(claims=claims, end_stream=False)
            request_state.register(flow.request, found)
        return found


def let_go(error: BaseException) -> None:
    """Raise again what ends a task or the process; the request is refused already."""
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt | SystemExit):
        raise error


def _whole(flow: http.HTTPFlow, state: RequestState, origin: Origin) -> Request:
    state.sent = convert.request_of(flow.request, origin, body=flow.request.raw_content or b"")
    return state.sent


def _ended(step: Step) -> FlowScript[Step]:
    """*step*, or the one that comes of waiting for the engine."""
    return (yield WAITING) if step is WAITING else step


def _advance(state: RequestState, given: Step = None) -> None:
    """Run the script up to the next event that it waits for."""
    assert state.script is not None
    state.awaited = None
    with contextlib.suppress(StopIteration):
        state.awaited = state.script.send(given)


def _close(state: RequestState) -> None:
    """End the script, which holds the flow."""
    script, state.script, state.awaited = state.script, None, None
    if script is not None:
        script.close()
