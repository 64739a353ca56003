"""What mitmproxy calls: each request is guarded, planned, authorised; whatever goes wrong becomes an answer of ours.

mitmproxy logs an exception of a hook and lets the request go. So every hook catches everything, and a request leaves only
when its :class:`~authwright.proxy.stock.request_state.RequestState` was cleared as the last thing; ``stream`` looks at that.
What need not wait is done without a task: hooks return an awaitable only where a token or a secret must be waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from mitmproxy import ctx, exceptions, http
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.layers.modes import Socks5AuthData
from mitmproxy.proxy.mode_specs import RegularMode, ReverseMode, UpstreamMode
from mitmproxy.tls import ClientHelloData, TlsData

from ...engine.exchange import BODY, WAITING, Step
from ...errors import AuthwrightError, RequestError
from ...message import Request, is_probe
from ...octets import bytes_of
from ...record.events import Event
from ...record.recorder import Level
from ...terminal import visible
from .. import backpressure, identity, intake, password, refuse
from ..http1.waiting import Waiting
from ..intake import REPLAY_LIMIT, Intake
from ..services import Services
from ..stock import convert, request_state, stream
from ..stock.request_state import RequestState
from .choose import Chooser
from .handshake import Handshakes
from .reloading import Reloading

log = logging.getLogger("authwright")

STREAM_FROM: Final = 1 << 20
"""Inside somebody else's mitmproxy, where bodies are looked at, only larger ones are streamed past."""


class AuthInjector:
    """The addon.

    Args:
        house: rules, settings and engine.
        notice: told in one sentence what a person should know (a broken reload).
        lean: whether this is our own master: then bodies are never kept, and every address it listens on is ours.
        own_layer: whether HTTP/1.1 is served by our own layer, which shows no flows to other addons.
    """

    name = "authwright"

    def __init__(
        self,
        house: Services,
        *,
        notice: Callable[[str], None] = log.warning,
        lean: bool = True,
        own_layer: bool = False,
    ) -> None:
        self.house = house
        self.conduct = Intake(house)
        self.notice = notice
        self.lean = lean
        self.inspect_all = house.settings.inspect_all
        self._chooser = Chooser(self.conduct) if own_layer else None
        self._handshakes = Handshakes()
        self._reloading = Reloading(house, notice)

    # -- the connection

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """A client asks for a tunnel."""
        way = self._passage(flow)
        try:
            if way.claims is None:
                raise RequestError("The CONNECT request cannot be read.", code="malformed_head")
            host, port = self.conduct.admit_tunnel(way.claims, flow.client_conn)
            flow.request.data.host = host
            flow.request.data.port = port
            convert.strip_hop_by_hop(flow.request)
        except BaseException as error:  # noqa: BLE001 - nothing may go on after a failure
            way.refusal = refuse.wrapped(error)
            flow.response = convert.refusal(flow.request, way.refusal)
            self._finish(flow)
            _let_go(error)

    def socks5_auth(self, data: Socks5AuthData) -> None:
        """A SOCKS client gives its password."""
        expected = self.house.settings.password
        data.valid = expected is None or password.matches(expected, bytes_of(data.password))
        if data.valid:
            self.conduct.known.add(data.client_conn)

    def tls_clienthello(self, data: ClientHelloData) -> None:
        """Leave the TLS of hosts without a rule alone."""
        self._handshakes.leave(data.context.client)
        address = data.context.server.address
        if self.inspect_all or address is None or isinstance(data.context.client.proxy_mode, ReverseMode):
            return
        try:
            data.ignore_connection = not self.conduct.names(address)
            self.conduct.tunnelled(*address[:2], data.context.client, sealed=data.ignore_connection)
        except Exception:  # opened rather than sealed: then each request is looked at
            log.exception("a tunnel could not be planned")

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Inside a tunnel to a host with rules everything but TLS is HTTP: a raw stream could hold a request."""
        context = nextlayer.context
        if nextlayer.data_client().startswith(b"\x16"):
            self._handshakes.begin(context.client)
        if self._chooser is not None and self._chooser.choose(nextlayer):
            return
        address, chosen = context.server.address, nextlayer.layer
        if (
            address is None
            or not context.layers
            or context.client.transport_protocol != "tcp"
            or (chosen and type(chosen) is not layers.TCPLayer)
        ):
            return
        if isinstance(context.client.proxy_mode, ReverseMode) or ctx.options.ignore_hosts or ctx.options.allow_hosts:
            return
        try:
            named = self.conduct.names(address)
        except Exception:  # noqa: BLE001 - read as HTTP, it is guarded
            named = True
        data = nextlayer.data_client()
        if not named or not data or data.startswith(b"\x16"):
            return
        if chosen:
            context.layers.remove(chosen)
        nextlayer.layer = layers.HttpLayer(context, layers.http.HTTPMode.transparent)

    def tls_start_client(self, data: TlsData) -> None:
        """Speak HTTP/1.1 with the clients of a host whose connections are authenticated."""
        self._handshakes.begin(data.context.client)
        address = data.context.server.address
        if address is not None and self.conduct.binds(address):
            identity.speak_http1(data)

    def tls_start_server(self, data: TlsData) -> None:
        """Present the rule's client certificate."""
        try:
            identity.present(data)
        except BaseException as error:
            data.ssl_conn = None  # without one mitmproxy fails the connection; nobody else may make one now
            self.notice(refuse.wrapped(error).message)
            _let_go(error)
            raise exceptions.AddonHalt from error

    # -- the request

    def requestheaders(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A request's head has come."""
        if flow.error or flow.response:
            return None  # mitmproxy or another addon answers it: nothing leaves
        way = self._passage(flow)
        self.conduct.active.add(way)
        if self.conduct.recorder.level > Level.NOTHING:
            way.came = self.house.engine.ambient.now()
        return self._guarded(flow, way, lambda: self._arrive(flow, way))

    def request(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """A request's body has come."""
        way = self._passage(flow)
        exchange = way.exchange
        if way.cleared or way.refusal or flow.error or flow.response or exchange is None:
            return None
        return self._guarded(flow, way, lambda: exchange.start_whole(self._whole(flow, way)))

    def _arrive(self, flow: http.HTTPFlow, way: RequestState) -> Step:
        claims = way.claims
        if claims is None:
            raise RequestError("The request cannot be read.", code="malformed_head")
        way.origin = origin = self.conduct.admit(claims, flow.client_conn)
        rules = self.house.rules.current
        way.close = convert.strip_hop_by_hop(flow.request)
        convert.pin(flow.request, origin)
        request = convert.request_of(flow.request, origin)
        plan = rules.plan(request)
        if plan is None or plan.rule.credential is None:
            way.cleared = "bare"
            self._stream_body(flow, way, replay=False)
            return None
        way.rules, way.plan = rules, plan
        request = replace(request, streamed=stream.installed() and self._goes_past(flow, way, replay=True))
        way.identity = intake.identity_of(plan, multiplexed=claims.multiplexed)
        way.sent = request
        way.exchange = self.house.engine.begin(rules, plan, request, streaming=not way.end_stream, came=way.came)
        return way.exchange.start()

    def _whole(self, flow: http.HTTPFlow, way: RequestState) -> Request:
        assert way.origin is not None
        way.sent = convert.request_of(flow.request, way.origin, body=flow.request.raw_content or b"")
        return way.sent

    def _go(self, flow: http.HTTPFlow, way: RequestState, step: Step) -> None:
        """Put the authorised request on the flow, and clear it: the last thing done."""
        if way.exchange is None:
            return  # bare
        if step is BODY:
            self._collect_body(flow, way)
            return
        if not isinstance(step, Request) or way.sent is None:
            raise AuthwrightError("The credential yields no request to send.")
        if not way.cleared and way.body_limit is None:
            self._stream_body(flow, way, replay=way.plan is not None and way.plan.rule.options.retry)
        way.probe = convert.probe(flow.request, step) if is_probe(way.sent, step) else None
        if way.probe is not None:
            way.cleared = "authorised"
            return
        convert.apply(flow.request, way.sent, step)
        if step.rewrite is not None:
            flow.request.stream = convert.rewriting(step.rewrite)
        way.sent = step
        way.cleared = "authorised"

    def _stream_body(self, flow: http.HTTPFlow, way: RequestState, *, replay: bool) -> None:
        flow.request.stream = flow.request.stream or self._goes_past(flow, way, replay=replay)

    def _goes_past(self, flow: http.HTTPFlow, way: RequestState, *, replay: bool) -> bool:
        length = convert.content_length(flow.request)
        keep = STREAM_FROM if not self.lean else REPLAY_LIMIT if replay else 0
        return not way.end_stream and (length is None or length > keep)

    def _collect_body(self, flow: http.HTTPFlow, way: RequestState) -> None:
        limit = self.house.settings.max_signed_body
        if (convert.content_length(flow.request) or 0) > limit:
            raise stream.too_large(limit)
        way.body_limit = limit
        flow.request.stream = False

    async def authwright_wait(self, data: Waiting) -> None:
        """Our own layer waits for an exchange."""
        await data.end()

    # -- the response

    def authwright_answer(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """The origin answered with an error: the scheme may want to send again."""
        way = self._passage(flow)
        if way.exchange is None or flow.response is None:
            return None
        exchange, response = way.exchange, convert.response_of(flow.response)
        way.answered, way.resend = True, None
        return self._guarded(flow, way, lambda: exchange.answer(response, replayable=way.replayable), self._keep_for_later)

    def authwright_resend(self, flow: http.HTTPFlow) -> None:
        """The answer was read to its end: what is sent next is put on the flow."""
        way = self._passage(flow)
        try:
            assert way.resend is not None
            self._go(flow, way, way.resend)
            way.resend, way.answered = None, False
        except BaseException as error:  # noqa: BLE001 - the stream answers with it
            way.refusal = refuse.wrapped(error)
            _let_go(error)

    def _keep_for_later(self, _flow: http.HTTPFlow, way: RequestState, step: Step) -> None:
        way.resend = step if isinstance(step, Request) else None

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """A response's head has come, and goes to the client."""
        way, response = self._passage(flow), flow.response
        if response is None:
            return
        with contextlib.suppress(Exception):  # the request is out; its response is delivered whatever happens here
            if self.lean or convert.never_ends(response):
                response.stream = True
            if way.exchange is not None and not way.answered and not way.refusal:
                way.answered = True
                way.exchange.answer(convert.response_of(response), replayable=False)
            elif self.conduct.recorder.everything and way.cleared == "bare":
                way.response, way.answered_at = convert.response_of(response), self.house.engine.ambient.now()
            if self.conduct.annotate and way.rule_name:
                response.headers["Authwright-Rule"] = visible(way.rule_name)
            if (way.close or self.conduct.closing) and not (response.is_http2 or response.status_code == 101):
                response.headers["Connection"] = "close"

    def response(self, flow: http.HTTPFlow) -> None:
        """A response was delivered."""
        self._finish(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """A request failed."""
        self._finish(flow)

    # -- the addon's life

    def running(self) -> None:
        """Watch the configuration from now on."""
        self._reloading.start()

    def retire(self) -> None:
        """Serve no further request: connections are handed over, each at its next one."""
        self.conduct.retired = True
        self.done()

    def done(self) -> None:
        """Stop watching."""
        self._reloading.stop()

    # -- what they share

    def _guarded(
        self,
        flow: http.HTTPFlow,
        way: RequestState,
        step: Callable[[], Step],
        then: Callable[[http.HTTPFlow, RequestState, Step], None] | None = None,
    ) -> Awaitable[None] | None:
        """Take *step* and do *then* with it, now or when it was waited for; any failure is answered."""
        then = then or self._go
        try:
            taken = step()
            if taken is WAITING:
                return self._waited(flow, way, then)
            then(flow, way, taken)
        except BaseException as error:  # noqa: BLE001 - a request must never go out because something failed
            self._refuse(flow, way, error)
            _let_go(error)
        return None

    async def _waited(
        self, flow: http.HTTPFlow, way: RequestState, then: Callable[[http.HTTPFlow, RequestState, Step], None]
    ) -> None:
        alone = way.claims is not None and not way.claims.multiplexed
        if alone:
            backpressure.pause(flow.client_conn)  # else what the client sends meanwhile has no bound
        try:
            assert way.exchange is not None
            then(flow, way, await way.exchange.wait())
        except BaseException as error:  # noqa: BLE001 - as above
            self._refuse(flow, way, error)
            _let_go(error)
        finally:
            if alone:
                backpressure.resume(flow.client_conn)

    def _refuse(self, flow: http.HTTPFlow, way: RequestState, error: BaseException) -> None:
        way.refusal = refuse.wrapped(error)
        way.cleared = ""
        if way.refusal is not error:
            log.error("a request failed: %s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
        flow.response = convert.refusal(flow.request, way.refusal, way.rule_name)
        flow.request.headers.pop("expect", None)  # the answer comes instead of "100 Continue"
        flow.request.stream = stream.installed()  # the stream then answers at once, and reads no body

    def _finish(self, flow: http.HTTPFlow) -> None:
        way = self._passage(flow)
        self.conduct.active.discard(way)
        exchange, way.exchange = way.exchange, None
        if exchange is not None:
            exchange.close()
        if way.reported:
            return
        way.reported = True

        def events() -> Sequence[Event]:
            if exchange is not None:
                return exchange.hand_on()
            return way.events(flow.request, self.house.rules.current.environment, self.house.engine.ambient.now())

        self.conduct.finish(events, way.refusal, flow.client_conn, aside=exchange is None)

    def _passage(self, flow: http.HTTPFlow) -> RequestState:
        found = request_state.of(flow.request)
        if found is None:  # the stock stream: what it left of the request is all there is
            mode = flow.client_conn.proxy_mode
            forward = isinstance(mode, RegularMode | UpstreamMode) and flow.client_conn not in self.conduct.known
            claims = convert.claims_of(flow.request, flow.client_conn, None, forward=forward)
            found = RequestState(claims=claims, end_stream=False)
            request_state.register(flow.request, found)
        return found


def _let_go(error: BaseException) -> None:
    """Raise again what ends a task or the process: the request is refused already."""
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt | SystemExit):
        raise error
