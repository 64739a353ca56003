"""mitmproxy's HTTP stream, extended: early answers, a body limit, re-sending, probes, a last look, no hang.

mitmproxy has no hook that lets an addon answer a challenge by sending again on the same upstream connection, none that
lets it answer before a body was read, and it lets a request go out when a hook fails. So :func:`install` puts a subclass
of its ``HttpStream`` where mitmproxy looks that name up. :data:`RELIED_ON` lists the names of mitmproxy that this uses;
where one is missing mitmproxy's own stream stays, and challenges reach the client unanswered.

Note for editors: a ``ResponseEndOfMessage`` is delivered while the connection below still finishes the old
message. Sending at once would be reset by it, so a blocking hook stands between the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mitmproxy import ctx, http
from mitmproxy import flow as mitm_flow
from mitmproxy.connection import Connection
from mitmproxy.net.http import status_codes
from mitmproxy.proxy import commands
from mitmproxy.proxy.layers import http as layers
from mitmproxy.proxy.layers.http import _events, _hooks, _http1, _http2

from ...errors import AuthwrightError, RemoteError, RequestError, kept
from ...outbound.unreachable import unreachable
from .. import backpressure, hop_by_hop, refuse
from ..identity import PinnedAddress
from ..limits import DISCARD_LIMIT, endless_rejection, too_large
from . import bounded, convert, request_state, windows
from .chunked import HttpCommands
from .heard import HeardBodies
from .request_state import RequestState

HOLD_LIMIT: Final = 1 << 20
"""How much of a body is kept while a probe is answered, before nothing more is read from the client, in bytes."""


@dataclass
class AuthwrightAnswerHook(commands.StartHook):
    """An origin's answer may be a challenge: an addon may set ``sends_again`` or ``refusal`` on the request's state."""

    flow: http.HTTPFlow


@dataclass
class AuthwrightResendHook(commands.StartHook):
    """The rejected answer was read to its end: an addon puts the next request on the flow, and clears it."""

    flow: http.HTTPFlow


_AT_ONCE: Final = (
    _hooks.HttpRequestHeadersHook,
    _hooks.HttpRequestHook,
    _hooks.HttpResponseHeadersHook,
    _hooks.HttpResponseHook,
)


def _hooks_at_once(inner: HttpCommands[None], pipelined: Callable[[], bool]) -> HttpCommands[None]:
    """*inner*, its hooks called without a task where our own dispatch can do that and no hook must be awaited."""
    call_now = getattr(ctx.master.addons, "call_now", None)
    answer = None
    while True:
        try:
            command = inner.send(answer)
        except StopIteration:
            return
        answer = None
        kind = type(command)
        waits = kind not in _AT_ONCE or (kind is _hooks.HttpResponseHook and pipelined())
        if call_now is None or waits or not call_now(command):
            answer = yield command


class AuthStream(layers.HttpStream):
    """One request and its response."""

    request_state: RequestState
    discarded = 0
    held: list[Any] | None = None
    """Events of the client's body that came before the probe's answer; ``None`` where no probe is out."""
    delivering = False
    """True when the client was sent a part of a response."""

    heard: HeardBodies | None = None
    """Hears of the bodies, from the request's head on."""

    queued = 0
    """Bytes of bodies that came while this stream waited, for a hook or a connection."""

    def handle_event(self, event: Any) -> HttpCommands[None]:
        """Take *event*; while this stream waits, neither side is read further than a little."""
        if self._paused is not None and isinstance(event, _events.RequestData | _events.ResponseData):
            self.queued += len(event.data)
            if self.queued > HOLD_LIMIT:
                asks = isinstance(event, _events.RequestData)
                backpressure.pause(self.context.client, None if asks else self.context.server)
        yield from super().handle_event(event)
        yield from self._hold_back(event)
        if self.queued and self._paused is None:
            self.queued = 0
            backpressure.resume(self.context.client)
            backpressure.resume(self.context.client, self.context.server)

    def _hold_back(self, event: Any) -> HttpCommands[None]:
        """Hold back the side that sends a body faster than the windows of the other one let it out."""
        source: Connection
        sink: Connection
        if isinstance(event, _events.RequestData):
            source, sink = self.context.client, self.context.server
        elif isinstance(event, _events.ResponseData):
            source, sink = self.context.server, self.context.client
        else:
            return
        below = self._below()
        side = windows.end_of(below.get(sink))
        if isinstance(side, windows.Windowed) and source in below:
            yield from side.held.hold(self.stream_id, source, side)

    def _handle_event(self, event: Any) -> HttpCommands[None]:
        """Answer with an error where handling *event* fails; mitmproxy would log that and leave the client waiting."""
        try:
            if isinstance(event, _events.RequestTrailers | _events.ResponseTrailers):
                event.trailers = http.Headers(hop_by_hop.trailers(event.trailers.fields))
            elif self.heard is not None:
                self.heard.take(event)
            yield from _hooks_at_once(super()._handle_event(event), self._pipelined)
        except Exception as error:  # noqa: BLE001 - as above
            yield from self.crash(refuse.wrapped(error))

    def crash(self, error: AuthwrightError) -> HttpCommands[None]:
        """End this request, whatever state it is in: with an answer while the client was sent nothing yet."""
        if self.context.server in self._below():
            stop = _events.RequestProtocolError(self.stream_id, "failed", _events.ErrorCode.CANCEL)
            yield layers.SendHttp(stop, self.context.server)
        if not self.delivering:
            yield from self.refuse(error)
            return
        self.client_state = self.server_state = self.state_errored
        self.flow.error = mitm_flow.Error(error.message)
        yield _hooks.HttpErrorHook(self.flow)
        torn = _events.ResponseProtocolError(self.stream_id, error.message, _events.ErrorCode.GENERIC_SERVER_ERROR)
        yield layers.SendHttp(torn, self.context.client)
        yield layers.DropStream(self.stream_id)

    def state_wait_for_request_headers(self, event: _events.RequestHeaders) -> HttpCommands[None]:
        """Keep the client's claims from before mitmproxy interprets them."""
        try:
            claims = convert.claims_of(
                event.request, self.context.client, self.context, forward=self.mode is not layers.HTTPMode.transparent
            )
        except Exception:  # noqa: BLE001 - `flows` refuses a request without claims
            claims = None
        self.request_state = RequestState(claims=claims, end_stream=event.end_stream)
        request_state.register(event.request, self.request_state)
        yield from super().state_wait_for_request_headers(event)
        self.heard = self.request_state.heard

    def start_request_stream(self) -> HttpCommands[None]:
        """Answer now if an addon did, without reading the body."""
        if self.flow.response:
            yield from self.answer(self.flow.response)
        elif self.request_state.probe is not None:
            yield from self.ask(self.request_state.probe)
        else:
            yield from super().start_request_stream()

    def ask(self, probe: http.Request) -> HttpCommands[None]:
        """Send *probe*; the client's body waits for the answer."""
        if not (yield from self.make_server_connection()):
            return
        if self.held is None:
            self.held = []
            self.client_state = self.state_hold_request_body
        yield layers.SendHttp(_events.RequestHeaders(self.stream_id, probe, end_stream=True), self.context.server)
        yield layers.SendHttp(_events.RequestEndOfMessage(self.stream_id), self.context.server)

    def state_hold_request_body(self, event: Any) -> HttpCommands[None]:
        """Keep a little of the body; then read nothing more from the client."""
        assert self.held is not None
        self.held.append(event)
        if sum(len(each.data) for each in self.held if isinstance(each, _events.RequestData)) > HOLD_LIMIT:
            backpressure.pause(self.context.client)
        yield from ()

    def release(self) -> HttpCommands[None]:
        """Send the request itself, with the body that waited."""
        held, self.held = self.held or [], None
        yield from super().start_request_stream()
        for event in held:
            yield from self.client_state(event)
        backpressure.resume(self.context.client)

    def state_consume_request_body(self, event: Any) -> HttpCommands[None]:
        """Collect the body, up to the limit that a scheme set."""
        limit = self.request_state.body_limit
        if limit is not None and isinstance(event, _events.RequestData) and len(self.request_body_buf) + len(event.data) > limit:
            self.request_body_buf.clear()
            yield from self.refuse(too_large(limit))
            return
        self.request_state.replayable = True
        yield from super().state_consume_request_body(event)

    def make_server_connection(self) -> HttpCommands[bool]:
        """The last look before anything leaves."""
        error = self.request_state.objection(self.flow.request)
        if error is not None:
            yield from self.refuse(error)
            return False
        if self.request_state.identity is None:
            return (yield from super().make_server_connection())
        command = layers.GetHttpConnection(
            PinnedAddress.of((self.flow.request.host, self.flow.request.port), self.request_state.identity),
            self.flow.request.scheme == "https",
            self.flow.server_conn.via,
            self.flow.server_conn.transport_protocol,
        )
        connection, error_text = yield command
        if error_text:
            failed = _events.ResponseProtocolError(self.stream_id, error_text, _events.ErrorCode.CONNECT_FAILED)
            yield from self.handle_protocol_error(failed)
            return False
        self.context.server = self.flow.server_conn = connection
        return True

    def state_wait_for_response_headers(self, event: _events.ResponseHeaders) -> HttpCommands[None]:
        """Let a challenge be answered before the client sees it."""
        state = self.request_state
        if state.exchange is not None and state.exchange.expects(event.response.status_code):
            state.replayable = state.replayable and self.client_state == self.state_done
            self.flow.response, state.sends_again = event.response, False
            yield AuthwrightAnswerHook(self.flow)
            if (yield from self.check_killed(True)):
                return
            if state.refusal is not None:
                yield from self.abandon(state.refusal)
                return
            if state.sends_again:
                self.flow.response = None
                self.discarded = 0
                self.server_state = self.state_discard_response
                return
        self.delivering = True
        yield from super().state_wait_for_response_headers(event)

    def state_discard_response(self, event: Any) -> HttpCommands[None]:
        """Read a rejected answer to its end, then send again on the same connection."""
        if isinstance(event, _events.ResponseData):
            self.discarded += len(event.data)
            if self.discarded > DISCARD_LIMIT:
                yield from self.abandon(endless_rejection())
        elif isinstance(event, _events.ResponseEndOfMessage):
            self.request_state.cleared = ""  # the hook clears the next request; where it fails none is sent
            yield AuthwrightResendHook(self.flow)
            if (yield from self.check_killed(True)):
                return
            yield from self.send_again()

    def send_again(self) -> HttpCommands[None]:
        """Send the flow's request once more; the connection is the same one while it is open."""
        self.server_state = self.state_wait_for_response_headers
        self._forget_http2_stream()
        if self.held is not None:
            yield from (self.release() if self.request_state.probe is None else self.ask(self.request_state.probe))
            return
        if not (yield from self.make_server_connection()):
            return
        request, server = self.flow.request, self.context.server
        content, trailers = request.raw_content, request.trailers
        yield layers.SendHttp(_events.RequestHeaders(self.stream_id, request, not (content or trailers)), server)
        if content:
            yield layers.SendHttp(_events.RequestData(self.stream_id, content), server)
        if trailers:
            yield layers.SendHttp(_events.RequestTrailers(self.stream_id, trailers), server)
        yield layers.SendHttp(_events.RequestEndOfMessage(self.stream_id), server)

    def _pipelined(self) -> bool:
        """True when the client's next request has come, which would begin while the connection below finishes this one."""
        return bool(getattr(self._below().get(self.context.client), "buf", b""))

    def _below(self) -> dict[Any, Any]:
        """The HTTP layer's connections, and what speaks on each."""
        http_layer = self.context.layers[self.context.layers.index(self) - 1]
        found: dict[Any, Any] = getattr(http_layer, "connections", {})
        return found

    def _forget_http2_stream(self) -> None:
        """HTTP/2 streams are used once: the next request of this stream gets a new one."""
        below = self._below().get(self.context.server)
        while below is not None:
            if isinstance(below, _http2.Http2Client):
                below.their_stream_id.pop(below.our_stream_id.pop(self.stream_id, -1), None)
                return
            below = getattr(below, "child_layer", None)

    def handle_protocol_error(self, event: Any) -> HttpCommands[None]:
        """Tell the client in our own words that the origin could not be reached, while nothing else was said."""
        unsaid = isinstance(event, _events.ResponseProtocolError) and not self.delivering and self.flow.response is None
        if unsaid and event.code.http_status_code() == 502 and self.client_state != self.state_errored:
            self.flow.error = mitm_flow.Error(event.message)
            self.request_state.refusal = unreachable(self.request_state.origin, event.message)
            yield _hooks.HttpErrorHook(self.flow)
            yield from self.refuse(self.request_state.refusal)
            return
        yield from super().handle_protocol_error(event)

    def abandon(self, error: AuthwrightError) -> HttpCommands[None]:
        """Stop the origin's answer and send *error* instead."""
        stop = _events.RequestProtocolError(self.stream_id, "abandoned", _events.ErrorCode.CANCEL)
        yield layers.SendHttp(stop, self.context.server)
        yield from self.refuse(error)

    def refuse(self, error: AuthwrightError) -> HttpCommands[None]:
        """Answer with a problem document."""
        self.request_state.refusal = self.request_state.refusal or kept(error)
        yield from self.answer(convert.refusal(self.flow.request, error, self.request_state.rule_name))

    def answer(self, response: http.Response) -> HttpCommands[None]:
        """Answer now; what the client still sends is read and dropped."""
        self.flow.response = response
        self.delivering = True
        self.client_state = self.server_state = self.state_errored
        if self.held is not None:
            backpressure.resume(self.context.client)
        if not self.flow.error:
            yield _hooks.HttpResponseHook(self.flow)
        content = response.raw_content
        yield layers.SendHttp(_events.ResponseHeaders(self.stream_id, response, not content), self.context.client)
        if content:
            yield layers.SendHttp(_events.ResponseData(self.stream_id, content), self.context.client)
        yield layers.SendHttp(_events.ResponseEndOfMessage(self.stream_id), self.context.client)
        self.flow.live = False
        yield layers.DropStream(self.stream_id)


RELIED_ON: Final = (
    (layers.HttpStream, "state_wait_for_request_headers start_request_stream state_consume_request_body make_server_connection"),
    (layers.HttpStream, "state_wait_for_response_headers handle_protocol_error check_killed state_done state_errored mode"),
    (layers, "HttpStream GetHttpConnection SendHttp DropStream HTTPMode"),
    (layers.HttpStream, "_handle_event handle_event"),
    (_events, "RequestHeaders RequestData RequestEndOfMessage ResponseHeaders ResponseData ResponseEndOfMessage ErrorCode"),
    (_events, "RequestTrailers ResponseTrailers RequestProtocolError ResponseProtocolError"),
    (_hooks, "HttpErrorHook HttpRequestHeadersHook HttpRequestHook HttpResponseHeadersHook HttpResponseHook"),
    (_http1, "make_error_response"),
)
"""mitmproxy's names that this module stands on, by where they are looked up."""


def missing() -> list[str]:
    """The names of mitmproxy that are not as this module needs them."""
    gone = [name for place, names in RELIED_ON for name in names.split() if not hasattr(place, name)] + bounded.missing()
    if "HttpStream" not in layers.HttpLayer.make_stream.__code__.co_names:
        gone.append("HttpLayer.make_stream")
    if not {"our_stream_id", "their_stream_id"} <= set(_http2.Http2Client.__annotations__):
        gone.append("Http2Client.our_stream_id")
    return gone


def install() -> list[str]:
    """Put :class:`AuthStream` in the place of mitmproxy's stream; return the names that are missing, if that cannot be done."""
    gone = missing()
    if not gone:
        layers.HttpStream = AuthStream  # type: ignore[misc]  # put in its place, by name
        bounded.install()
        _http1.make_error_response = _malformed  # type: ignore[assignment]  # put in its place, by name
    return gone


def installed() -> bool:
    """True when new requests are handled by :class:`AuthStream`."""
    return layers.HttpStream is AuthStream


def _malformed(status_code: int, _message: str = "") -> bytes:
    """The answer to a head that mitmproxy cannot parse; mitmproxy's own words may quote a credential."""
    error: AuthwrightError = RequestError("The head of the request cannot be read.", code="malformed_head")
    if status_code >= 500:
        error = RemoteError("The origin's response cannot be read.")
    status, headers, body = refuse.answer(error)
    fields = [*headers, (b"Content-Length", b"%d" % len(body)), (b"Connection", b"close")]
    reason = status_codes.RESPONSES.get(status, "").encode()
    return b"HTTP/1.1 %d %s\r\n" % (status, reason) + b"".join(b"%s: %s\r\n" % f for f in fields) + b"\r\n" + body
