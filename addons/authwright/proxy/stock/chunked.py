"""Trailers of chunked HTTP/1.1 messages (RFC 9112 section 7.1.2), which mitmproxy 12 gives up on in mid-connection.

They are read into the events that its HTTP/2 side has already, and written after the last chunk. A message that is not
chunked on the other side has no place for them, and they are left out (RFC 9110 section 6.5.1 allows that).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import h11
from h11._readers import ChunkedReader
from mitmproxy import http
from mitmproxy.proxy import commands
from mitmproxy.proxy.layers.http import _base, _events, _http1

type ChunkedCommands = Generator[commands.Command, Any, None]

_LAST = b"0\r\n\r\n"


class _Reader:
    """Reads chunks, and keeps the trailers to itself."""

    def __init__(self, chunks: ChunkedReader) -> None:
        self._chunks = chunks
        self.trailers: tuple[tuple[bytes, bytes], ...] = ()

    def __call__(self, buffer: Any) -> Any:
        event = self._chunks(buffer)
        if isinstance(event, h11.EndOfMessage) and event.headers:
            self.trailers = tuple(event.headers.raw_items())
            return h11.EndOfMessage()
        return event

    def read_eof(self) -> Any:
        return self._chunks.read_eof()


class _Trailing(_http1.Http1Connection):
    """What both sides have in common."""

    ReceiveTrailers: type[_events.RequestTrailers | _events.ResponseTrailers]
    to_send: http.Headers | None = None

    def read_body(self, event: Any) -> ChunkedCommands:
        reader: Any = self.body_reader
        if type(reader) is ChunkedReader:
            self.body_reader = reader = _Reader(reader)  # type: ignore[assignment]  # reads as h11's does
        return self._read_chunks(event, reader) if type(reader) is _Reader else super().read_body(event)

    def _read_chunks(self, event: Any, reader: Any) -> ChunkedCommands:
        for command in super().read_body(event):
            ends = isinstance(command, _base.ReceiveHttp) and isinstance(command.event, self.ReceiveEndOfMessage)
            if ends and reader.trailers:
                assert self.stream_id is not None
                fields, reader.trailers = reader.trailers, ()
                yield _base.ReceiveHttp(self.ReceiveTrailers(self.stream_id, http.Headers(fields)))
            yield command

    def send(self, event: Any) -> ChunkedCommands:
        if isinstance(event, _events.RequestTrailers | _events.ResponseTrailers):
            self.to_send = event.trailers
            return _nothing()
        trailers, self.to_send = self.to_send, None
        return self._send_last(event, trailers) if trailers else super().send(event)

    def _send_last(self, event: Any, trailers: http.Headers) -> ChunkedCommands:
        for command in super().send(event):
            if isinstance(command, commands.SendData) and command.data == _LAST and trailers:
                command.data, trailers = b"0\r\n%s\r\n" % bytes(trailers), http.Headers()
            yield command


class TrailingServer(_Trailing, _http1.Http1Server):
    """The client's side."""

    ReceiveTrailers = _events.RequestTrailers


class TrailingClient(_Trailing, _http1.Http1Client):
    """The origin's side."""

    ReceiveTrailers = _events.ResponseTrailers


def _nothing() -> ChunkedCommands:
    yield from ()
