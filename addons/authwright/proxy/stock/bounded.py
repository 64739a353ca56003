"""Bounds on what a peer may send through mitmproxy's HTTP layer, where mitmproxy believes any length.

Each side of each protocol has a class here, which :func:`install` puts where mitmproxy looks its own up: heads have a
length, a number of lines and (from a client) a deadline; requests sent ahead and data that no request asked for stop the
reading. Chunked bodies are bounded in ``chunked``. :data:`RELIED_ON` lists the names of mitmproxy, h2 and h11 that this uses.
"""

from __future__ import annotations

from typing import Any, Final

import h2.connection
import h2.errors
import h2.events
import h2.frame_buffer
from h11._receivebuffer import ReceiveBuffer
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layers import http as layers
from mitmproxy.proxy.layers.http import _base, _events, _http1, _http2

from .. import backpressure
from . import windows
from .chunked import HttpCommands, TrailingClient, TrailingServer

LONGEST_REQUEST: Final = 64 << 10
"""Bytes of a request's head, at most."""
LONGEST_RESPONSE: Final = 256 << 10
"""Bytes of a response's head, at most."""
MOST_FIELDS: Final = 1000
"""Lines of a head, at most."""
MOST_INFORMATIONAL: Final = 32
"""Interim responses (RFC 9110 section 15.2) before a final one, at most."""
AHEAD: Final = 256 << 10
"""Bytes of later requests that are taken in before reading from the client stops."""
HEAD_DEADLINE: Final = 30.0
"""Seconds from the first byte of a request's head to its last."""


class _HeadDeadline:
    """The time that the heads of one connection have to be whole; one timer runs at a time."""

    def __init__(self) -> None:
        self._timer: commands.RequestWakeup | None = None
        self._timed: int | None = None
        self._head: int | None = None

    def look(self, head: int | None) -> HttpCommands[None]:
        """Note the number of the head that has begun and is incomplete, if there is one, and set the timer where none runs."""
        self._head = head
        if head is not None and self._timer is None:
            self._timed, self._timer = head, commands.RequestWakeup(HEAD_DEADLINE)
            yield self._timer

    def over(self, event: events.Wakeup) -> bool:
        """True when *event* ends the time of a head that is still incomplete."""
        if event.command is not self._timer:
            return False
        self._timer = None
        return self._head is not None and self._head == self._timed


class BoundedServer(TrailingServer):
    """A client that speaks HTTP/1.1."""

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self._deadline = _HeadDeadline()
        self._held = False

    def _handle_event(self, event: Any) -> HttpCommands[None]:
        if isinstance(event, events.Wakeup):
            if self._deadline.over(event):
                self.state = self.done
                yield commands.CloseConnection(self.conn)
        elif not (isinstance(event, events.DataReceived) and self.state == self.done):
            yield from super()._handle_event(event)
        yield from self._deadline.look(self.stream_id if self.state == self.read_headers and self.buf else None)
        self._hold_back()

    def _hold_back(self) -> None:
        """Read no more requests ahead than a few."""
        if self.state == self.wait and len(self.buf) > AHEAD:
            self._held = True
            backpressure.pause(self.context.client)
        elif self._held:
            self._held = False
            backpressure.resume(self.context.client)

    def read_headers(self, event: events.ConnectionEvent) -> HttpCommands[None]:
        """Read a request's head, unless it is too long."""
        if isinstance(event, events.DataReceived) and _overlong(self.buf, LONGEST_REQUEST):
            yield commands.SendData(self.conn, _http1.make_error_response(400, "The request's head is too long."))
            yield commands.CloseConnection(self.conn)
            self.buf, self.state = ReceiveBuffer(), self.done
            return
        yield from super().read_headers(event)


class BoundedClient(TrailingClient):
    """An origin that speaks HTTP/1.1."""

    unsolicited = False
    """True when the origin sent data after its response, while the client's request was not whole."""

    def _handle_event(self, event: Any) -> HttpCommands[None]:
        if isinstance(event, events.DataReceived):
            if self.state == self.done:
                return
            if self.response_done and self.state == self.read_body:
                self.unsolicited = True
                return
        yield from super()._handle_event(event)

    def mark_done(self, *, request: bool = False, response: bool = False) -> HttpCommands[None]:
        """Note the end of a message; a connection on which the origin spoke unasked is not used again."""
        yield from super().mark_done(request=request, response=response)
        if self.unsolicited and self.state == self.read_headers:
            self.state = self.done
            yield commands.CloseConnection(self.conn)

    def read_headers(self, event: events.ConnectionEvent) -> HttpCommands[None]:
        """Read a response's head, unless it is too long or no request was sent."""
        if isinstance(event, events.DataReceived):
            if not self.request:
                self.buf, self.state = ReceiveBuffer(), self.done
                yield commands.CloseConnection(self.conn)
                return
            if _overlong(self.buf, LONGEST_RESPONSE):
                assert self.stream_id is not None
                self.buf, self.state = ReceiveBuffer(), self.done
                yield commands.CloseConnection(self.conn)
                yield _base.ReceiveHttp(
                    _events.ResponseProtocolError(
                        self.stream_id, "the response's head is too long", _events.ErrorCode.GENERIC_SERVER_ERROR
                    )
                )
                return
        yield from super().read_headers(event)


class _BoundedHttp2(windows.Windowed):
    """The part that both sides of HTTP/2 share."""

    longest: int

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.h2_conn.local_settings.max_header_list_size = self.longest
        self.h2_conn.local_settings.acknowledge()
        self.h2_conn.decoder.max_header_list_size = self.longest
        self._informational = 0

    def handle_h2_event(self, event: Any) -> HttpCommands[bool]:
        """Handle *event*, unless it holds more fields or interim responses than a peer may send."""
        if len(getattr(event, "headers", None) or ()) > MOST_FIELDS:
            yield from self.protocol_error("too many header fields", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
            return True
        if isinstance(event, h2.events.InformationalResponseReceived):
            self._informational += 1
        elif isinstance(event, h2.events.ResponseReceived):
            self._informational = 0
        if self._informational > MOST_INFORMATIONAL:
            yield from self.protocol_error("too many interim responses", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
            return True
        return (yield from super().handle_h2_event(event))

    def overlong(self) -> bool:
        """True when a header block that has not ended is longer than any may be."""
        return sum(len(frame.data) for frame in self.h2_conn.incoming_buffer._headers_buffer) > self.longest  # noqa: SLF001 - h2 gives no other way


class BoundedHttp2Server(_BoundedHttp2, _http2.Http2Server):
    """A client that speaks HTTP/2."""

    longest = LONGEST_REQUEST

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self._deadline = _HeadDeadline()

    def _handle_event(self, event: Any) -> HttpCommands[None]:
        if isinstance(event, events.Wakeup):
            if self._deadline.over(event):
                yield from self.protocol_error("a head did not end in time")
                return
        elif not (yield from self.takes(event)):
            yield from super()._handle_event(event)
            yield from self.held.let_go(self)
        if self._is_open() and self.overlong():
            yield from self.protocol_error("a head without end", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
        elif self._is_open():
            yield from self._deadline.look(self.h2_conn.highest_inbound_stream_id if self._head_is_incomplete() else None)

    def _head_is_incomplete(self) -> bool:
        """True when the preface, or a HEADERS or CONTINUATION frame with what follows it, has begun and not ended."""
        buffer = self.h2_conn.incoming_buffer
        begun = buffer._data[3:4] in (bytearray(b"\x01"), bytearray(b"\x09"))  # noqa: SLF001 - as above
        return begun or bool(buffer._headers_buffer) or bool(buffer._preamble_len)  # noqa: SLF001 - as above

    def _is_open(self) -> bool:
        return self.h2_conn.state_machine.state is not h2.connection.ConnectionState.CLOSED


class BoundedHttp2Client(_BoundedHttp2, windows.WindowedClient):
    """An origin that speaks HTTP/2."""

    longest = LONGEST_RESPONSE

    def _handle_event(self, event: Any) -> HttpCommands[None]:
        if not (yield from self.takes(event)):
            yield from super()._handle_event(event)
            yield from self.held.let_go(self)

    def _handle_event2(self, event: Any) -> HttpCommands[None]:
        yield from super()._handle_event2(event)
        if isinstance(event, events.DataReceived) and self.overlong():
            yield from self.protocol_error("a head without end", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)


def _overlong(buffer: ReceiveBuffer, longest: int) -> bool:
    """True when the head in *buffer* is, or will be, longer than *longest* bytes or :data:`MOST_FIELDS` lines."""
    data = buffer._data  # noqa: SLF001 - h11 gives only a copy
    ends = [at for at in (data.find(b"\n\r\n", 0, longest), data.find(b"\n\n", 0, longest)) if at >= 0]
    return data.count(b"\n", 0, min(ends, default=longest)) > MOST_FIELDS or (not ends and len(data) >= longest)


RELIED_ON: Final = (
    (layers, "Http1Server Http1Client Http2Server Http2Client"),
    (_http1, "make_error_response"),
    (_http1.Http1Connection, "read_body send mark_done wait done _handle_event"),
    (_http1.Http1Server, "read_headers"),
    (_http1.Http1Client, "read_headers"),
    (_http2.Http2Connection, "_handle_event handle_h2_event protocol_error"),
    (_http2.Http2Client, "_handle_event2"),
    (_http2, "BufferedH2Connection"),
    (layers, "SendHttp"),
    (_events, "ResponseProtocolError ErrorCode RequestTrailers ResponseTrailers"),
    (events, "Wakeup DataReceived"),
    (commands, "RequestWakeup SendData CloseConnection"),
    (ReceiveBuffer(), "_data maybe_extract_at_most"),
    (h2.frame_buffer.FrameBuffer(), "_data _headers_buffer _preamble_len"),
    (h2.connection.H2Connection(), "decoder incoming_buffer local_settings state_machine highest_inbound_stream_id"),
)
"""The names of others that this module stands on, by where they are looked up."""


def missing() -> list[str]:
    """The names that are not as this module needs them."""
    return [name for place, names in RELIED_ON for name in names.split() if not hasattr(place, name)]


def install() -> None:
    """Let mitmproxy's HTTP layer speak through these classes."""
    windows.install()
    layers.Http1Server, layers.Http1Client = BoundedServer, BoundedClient  # type: ignore[attr-defined]  # put in its place, by name
    layers.Http2Server, layers.Http2Client = BoundedHttp2Server, BoundedHttp2Client  # type: ignore[attr-defined, assignment]  # put in its place, by name
