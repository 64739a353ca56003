"""mitmproxy's HTTP stream, with some things added: early answers, a body limit, re-sending, probes, a last look, no hang.

mitmproxy has no hook that lets an addon answer a challenge by sending again on the same upstream connection, none that
lets it answer before a body was read, and it lets a request go out when a hook fails. So its ``HttpStream`` is subclassed
and put in its place; it is looked up there by name. What this relies on is listed in :data:`RELIED_ON` and looked at by
:func:`install`; where it is not as expected the stock stream stays, and challenges reach the client unanswered.

For whoever edits this next: a ``ResponseEndOfMessage`` is delivered while the connection below still finishes the old
message. Sending at once would be reset by it, so a blocking hook stands between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

from mitmproxy import ctx, http
from mitmproxy import flow as mitm_flow
from mitmproxy.net.http import status_codes
from mitmproxy.proxy import commands
from mitmproxy.proxy.layers import http as layers
from mitmproxy.proxy.layers.http import _events, _hooks, _http1, _http2

from ...errors import AuthwrightError, RemoteError, RequestError, TransportError
from .. import backpressure, hop_by_hop, refuse
from ..identity import PinnedAddress
from . import chunked, convert, request_state
from .request_state import RequestState

type StreamCommands[T] = Generator[commands.Command, Any, T]

DISCARD_LIMIT: Final = 1 << 20
"""How much of a rejected answer's body is read before the origin is given up on, in bytes."""

HOLD_LIMIT: Final = 1 << 20
"""How much of a body is kept while a probe is answered, before nothing more is read from the client, in bytes."""


@dataclass
class AuthwrightAnswerHook(commands.StartHook):
    """An origin answered with an error: an addon may set ``resend`` or ``refusal`` on the flow's passage."""

    flow: http.HTTPFlow


@dataclass
class AuthwrightResendHook(commands.StartHook):
    """The rejected answer was read to its end: an addon puts ``resend`` on the flow."""

    flow: http.HTTPFlow


_AT_ONCE: Final = (
    _hooks.HttpRequestHeadersHook,
    _hooks.HttpRequestHook,
    _hooks.HttpResponseHeadersHook,
    _hooks.HttpResponseHook,
)


def _hooks_at_once(inner: StreamCommands[None], pipelined: Callable[[], bool]) -> StreamCommands[None]:
    """*inner*, its hooks called without a task where our own dispatch can do that and nobody has to be waited for."""
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
    """What the client sends while a probe is answered; ``None`` where nothing waits."""
    delivering = False
    """Whether the client was sent anything."""

    def _handle_event(self, event: Any) -> StreamCommands[None]:
        """Whatever fails in here is answered; mitmproxy would log it and leave the client waiting."""
        try:
            if isinstance(event, _events.RequestTrailers | _events.ResponseTrailers):
                event.trailers = http.Headers(hop_by_hop.trailers(event.trailers.fields))
            yield from _hooks_at_once(super()._handle_event(event), self._pipelined)
        except Exception as error:  # noqa: BLE001 - as above
            yield from self.crash(refuse.wrapped(error))

    def crash(self, error: AuthwrightError) -> StreamCommands[None]:
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

    def state_wait_for_request_headers(self, event: _events.RequestHeaders) -> StreamCommands[None]:
        """Note what the client said before it is interpreted."""
        try:
            claims = convert.claims_of(
                event.request, self.context.client, self.context, forward=self.mode is not layers.HTTPMode.transparent
            )
        except Exception:  # noqa: BLE001 - a request that cannot be read is refused by whoever finds no claims
            claims = None
        self.passage = RequestState(claims=claims, end_stream=event.end_stream)
        request_state.register(event.request, self.passage)
        yield from super().state_wait_for_request_headers(event)

    def start_request_stream(self) -> StreamCommands[None]:
        """Answer now if an addon did, without reading the body."""
        if self.flow.response:
            yield from self.answer(self.flow.response)
        elif self.passage.probe is not None:
            yield from self.ask(self.passage.probe)
        else:
            yield from super().start_request_stream()

    def ask(self, probe: http.Request) -> StreamCommands[None]:
        """Send *probe*; the client's body waits for the answer."""
        if not (yield from self.make_server_connection()):
            return
        if self.held is None:
            self.held = []
            self.client_state = self.state_hold_request_body
        yield layers.SendHttp(_events.RequestHeaders(self.stream_id, probe, end_stream=True), self.context.server)
        yield layers.SendHttp(_events.RequestEndOfMessage(self.stream_id), self.context.server)

    def state_hold_request_body(self, event: Any) -> StreamCommands[None]:
        """Keep the body; what is more than a little stays with the client."""
        assert self.held is not None
        self.held.append(event)
        if sum(len(each.data) for each in self.held if isinstance(each, _events.RequestData)) > HOLD_LIMIT:
            backpressure.pause(self.context.client)
        yield from ()

    def release(self) -> StreamCommands[None]:
        """Send the request itself, with the body that waited and what comes of it."""
        held, self.held = self.held or [], None
        yield from super().start_request_stream()
        for event in held:
            yield from self.client_state(event)
        backpressure.resume(self.context.client)

    def state_consume_request_body(self, event: Any) -> StreamCommands[None]:
        """Collect the body, up to the limit that a scheme set."""
        limit = self.passage.body_limit
        if limit is not None and isinstance(event, _events.RequestData) and len(self.request_body_buf) + len(event.data) > limit:
            self.request_body_buf.clear()
            yield from self.refuse(too_large(limit))
            return
        self.passage.replayable = True
        yield from super().state_consume_request_body(event)

    def make_server_connection(self) -> StreamCommands[bool]:
        """The last look before anything leaves."""
        error = self.passage.objection(self.flow.request)
        if error is not None:
            yield from self.refuse(error)
            return False
        if self.passage.identity is None:
            return (yield from super().make_server_connection())
        command = layers.GetHttpConnection(
            PinnedAddress.of((self.flow.request.host, self.flow.request.port), self.passage.identity),
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

    def state_wait_for_response_headers(self, event: _events.ResponseHeaders) -> StreamCommands[None]:
        """Let a challenge be answered before the client sees it."""
        way = self.passage
        if way.exchange is not None and way.exchange.expects(event.response.status_code):
            way.replayable = way.replayable and self.client_state == self.state_done
            self.flow.response = event.response
            yield AuthwrightAnswerHook(self.flow)
            if (yield from self.check_killed(True)):
                return
            if way.refusal is not None:
                yield from self.abandon(way.refusal)
                return
            if way.resend is not None:
                self.flow.response = None
                self.discarded = 0
                self.server_state = self.state_discard_response
                return
        self.delivering = True
        yield from super().state_wait_for_response_headers(event)

    def state_discard_response(self, event: Any) -> StreamCommands[None]:
        """Read a rejected answer to its end, then send again on the same connection."""
        if isinstance(event, _events.ResponseData):
            self.discarded += len(event.data)
            if self.discarded > DISCARD_LIMIT:
                yield from self.abandon(RemoteError("The origin's rejection has a body without end."))
        elif isinstance(event, _events.ResponseEndOfMessage):
            yield AuthwrightResendHook(self.flow)
            if (yield from self.check_killed(True)):
                return
            yield from self.send_again()

    def send_again(self) -> StreamCommands[None]:
        """Send the flow's request once more; the connection is the same one while it is open."""
        self.server_state = self.state_wait_for_response_headers
        self._forget_http2_stream()
        if self.held is not None:
            yield from (self.release() if self.passage.probe is None else self.ask(self.passage.probe))
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
        """Whether the client's next request is here already: it would begin while the connection below finishes this one."""
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

    def handle_protocol_error(self, event: Any) -> StreamCommands[None]:
        """Tell the client in our own words that the origin could not be reached, while nothing else was said."""
        unsaid = isinstance(event, _events.ResponseProtocolError) and not self.delivering and self.flow.response is None
        if unsaid and event.code.http_status_code() == 502 and self.client_state != self.state_errored:
            self.flow.error = mitm_flow.Error(event.message)
            self.passage.refusal = unreachable(event.message, self.passage.origin)
            yield _hooks.HttpErrorHook(self.flow)
            yield from self.refuse(self.passage.refusal)
            return
        yield from super().handle_protocol_error(event)

    def abandon(self, error: AuthwrightError) -> StreamCommands[None]:
        """Stop the origin's answer and send *error* instead."""
        stop = _events.RequestProtocolError(self.stream_id, "abandoned", _events.ErrorCode.CANCEL)
        yield layers.SendHttp(stop, self.context.server)
        yield from self.refuse(error)

    def refuse(self, error: AuthwrightError) -> StreamCommands[None]:
        """Answer with a problem document."""
        self.passage.refusal = self.passage.refusal or error
        yield from self.answer(convert.refusal(self.flow.request, error, self.passage.rule_name))

    def answer(self, response: http.Response) -> StreamCommands[None]:
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
    (layers.HttpStream, "_handle_event"),
    (_events, "RequestHeaders RequestData RequestEndOfMessage ResponseHeaders ResponseData ResponseEndOfMessage ErrorCode"),
    (_events, "RequestTrailers ResponseTrailers RequestProtocolError ResponseProtocolError"),
    (_hooks, "HttpErrorHook HttpRequestHeadersHook HttpRequestHook HttpResponseHeadersHook HttpResponseHook"),
    (_http1, "make_error_response"),
    (_http1.Http1Connection, "read_body send"),
    (layers, "Http1Server Http1Client"),
)
"""mitmproxy's names that this module stands on, by where they are looked up."""


def missing() -> list[str]:
    """What of mitmproxy is not as this module needs it."""
    gone = [name for place, names in RELIED_ON for name in names.split() if not hasattr(place, name)]
    if "HttpStream" not in layers.HttpLayer.make_stream.__code__.co_names:
        gone.append("HttpLayer.make_stream")
    if not {"our_stream_id", "their_stream_id"} <= set(_http2.Http2Client.__annotations__):
        gone.append("Http2Client.our_stream_id")
    return gone


def install() -> list[str]:
    """Put :class:`AuthStream` in the place of mitmproxy's stream; what is missing when that cannot be done."""
    gone = missing()
    if not gone:
        layers.HttpStream = AuthStream  # type: ignore[misc]  # put in its place, by name
        layers.Http1Server, layers.Http1Client = chunked.TrailingServer, chunked.TrailingClient  # type: ignore[attr-defined]  # put in its place, by name
        _http1.make_error_response = _malformed  # type: ignore[assignment]  # put in its place, by name
    return gone


def installed() -> bool:
    """Whether new requests are handled by :class:`AuthStream`."""
    return layers.HttpStream is AuthStream


def too_large(limit: int) -> RequestError:
    """The error for a body over *limit* bytes."""
    return RequestError(
        f"The request's body is larger than the {limit} bytes that are collected for signing.",
        code="body_too_large",
        hint="Raise settings.max_signed_body, or use a payload option that does not sign the body.",
    )


def unreachable(reason: str, origin: object) -> AuthwrightError:
    """The error for an origin that could not be reached, from mitmproxy's words for it."""
    where = f"{origin}" if origin else "the origin"
    if "ertificate verify failed" in reason:
        return TransportError(
            f"The certificate of {where} is not trusted: {reason}.",
            hint="Name its CA in settings.upstream_ca, or in SSL_CERT_FILE.",
        )
    late = "timed out" in reason.lower() or "Errno 110" in reason
    return TransportError(
        f"{where} did not answer: {reason}.",
        code="timeout" if late else "unreachable",
        hint="See that the server is up and the name is right.",
    )


def _malformed(status_code: int, _message: str = "") -> bytes:
    """What the client is sent when its head cannot even be parsed; mitmproxy's own words may quote a credential."""
    error: AuthwrightError = RequestError("The head of the request cannot be read.", code="malformed_head")
    if status_code >= 500:
        error = RemoteError("The origin's response cannot be read.")
    status, headers, body = refuse.answer(error)
    fields = [*headers, (b"Content-Length", b"%d" % len(body)), (b"Connection", b"close")]
    reason = status_codes.RESPONSES.get(status, "").encode()
    return b"HTTP/1.1 %d %s\r\n" % (status, reason) + b"".join(b"%s: %s\r\n" % f for f in fields) + b"\r\n" + body
