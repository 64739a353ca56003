"""Chunked bodies of HTTP/1.1 (RFC 9112 section 7.1), read within bounds and with their trailers.

mitmproxy reads chunks with h11, which believes any length of a size line and of the trailers, and gives an event for each
chunk, however small; and mitmproxy 12 gives up on trailers in mid-connection. :class:`BoundedChunks` reads all chunks
that have come as one piece, and trailers become the events that mitmproxy's HTTP/2 side knows. A message that is not
chunked on the other side has no place for trailers, and they are dropped (RFC 9110 section 6.5.1).
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, Final

import h11
from h11._readers import ChunkedReader
from mitmproxy import http
from mitmproxy.proxy import commands
from mitmproxy.proxy.layers.http import _base, _events, _http1

from ...wire.grammar import FIELD_CHAR, TCHAR

type HttpCommands[T] = Generator[commands.Command, Any, T]
"""Gives commands to mitmproxy's server, and returns a ``T``."""

LONGEST_SIZE_LINE: Final = 4096
"""Bytes of a chunk's size with its extensions, at most."""
LONGEST_EXTENSIONS: Final = 16 << 10
"""Bytes by which the extensions of a body's chunks may be more than its content."""
LONGEST_TRAILERS: Final = 16 << 10
"""Bytes of all trailers, at most."""

_SIZE_LINE: Final = re.compile(rb"([0-9a-fA-F]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
_SIZE: Final = re.compile(rb"(0{0,8}[1-9a-fA-F][0-9a-fA-F]{0,7})\r\n")
_FIELD: Final = re.compile(rf"({TCHAR}+):[ \t]*((?:{FIELD_CHAR}*(?![ \t]){FIELD_CHAR})?)[ \t]*".encode())
_LAST: Final = b"0\r\n\r\n"


class BoundedChunks:
    """Reads a chunked body, in the place of h11's reader.

    Called with mitmproxy's buffer it takes all chunks that have come, and returns one ``h11.Data`` of them; ``None`` where
    more must come, and ``h11.EndOfMessage`` at the end, when :attr:`trailers` holds the trailers.
    """

    def __init__(self) -> None:
        self.trailers: tuple[tuple[bytes, bytes], ...] = ()
        self._extended = 0
        self._left = -1
        """Bytes of the present chunk that have not come: 0 for its line end, -1 before a size line, -2 in the trailers."""

    def __call__(self, buffer: Any) -> Any:
        """Take what *buffer* holds of the body, as h11's readers do."""
        data, at, pieces = bytes(buffer), 0, list[bytes]()
        while self._left != -2:
            if self._left == -1:
                at = _whole_chunks(data, at, pieces)
            if (then := self._chunk(data, at, pieces)) == at:
                break
            at = then
        if at:
            buffer.maybe_extract_at_most(at)
        if pieces:
            return h11.Data(data=b"".join(pieces))
        return self._end(data, at, buffer) if self._left == -2 else None

    def read_eof(self) -> Any:
        """Fail: the connection ended within the body."""
        raise h11.RemoteProtocolError("peer closed connection without sending complete message body (incomplete chunked read)")

    def _chunk(self, data: bytes, at: int, pieces: list[bytes]) -> int:
        """Take one part of a chunk at *at*; the place after it, which is *at* where more must come."""
        if self._left > 0:
            piece = data[at : at + self._left]
            if piece:
                pieces.append(piece)
                self._left -= len(piece)
            return at + len(piece)
        if self._left == 0:
            end = data[at : at + 2]
            if not b"\r\n".startswith(end):
                raise h11.RemoteProtocolError("malformed chunk footer")
            if len(end) == 2:
                self._left = -1
                return at + 2
            return at
        return self._size(data, at)

    def _size(self, data: bytes, at: int) -> int:
        line = _SIZE_LINE.match(data, at, at + LONGEST_SIZE_LINE)
        if line is not None:
            size = int(line[1], 16)
            self._extended = max(0, self._extended + line.end() - 2 - line.end(1) - size)
            if self._extended > LONGEST_EXTENSIONS:
                raise h11.RemoteProtocolError("the extensions of the chunks are too long")
            self._left = size or -2
            return line.end()
        if len(data) - at >= LONGEST_SIZE_LINE or b"\n" in data[at:]:
            raise h11.RemoteProtocolError("illegal chunk header")
        return at

    def _end(self, data: bytes, at: int, buffer: Any) -> Any:
        if data.startswith(b"\r\n", at):
            end = at
        elif (end := data.find(b"\r\n\r\n", at, at + LONGEST_TRAILERS) + 2) < 2:
            if len(data) - at >= LONGEST_TRAILERS:
                raise h11.RemoteProtocolError("the trailers are too long")
            return None
        buffer.maybe_extract_at_most(end + 2 - at)
        fields = [_FIELD.fullmatch(line) for line in data[at:end].split(b"\r\n")[:-1]]
        if None in fields:
            raise h11.RemoteProtocolError("illegal trailer")
        self.trailers = tuple((field[1], field[2]) for field in fields if field)
        return h11.EndOfMessage()


def _whole_chunks(data: bytes, at: int, pieces: list[bytes]) -> int:
    """Take the whole chunks without extensions at *at*, and return the place after them: tiny ones must cost little."""
    match, keep = _SIZE.match, pieces.append
    while (size := match(data, at)) is not None:
        begin = size.end()
        end = begin + int(size[1], 16)
        if data[end : end + 2] != b"\r\n":
            break
        keep(data[begin:end])
        at = end + 2
    return at


class _Trailing(_http1.Http1Connection):
    """The part that both sides share."""

    ReceiveTrailers: type[_events.RequestTrailers | _events.ResponseTrailers]
    to_send: http.Headers | None = None

    def read_body(self, event: Any) -> HttpCommands[None]:
        reader: Any = self.body_reader
        if type(reader) is ChunkedReader:
            self.body_reader = reader = BoundedChunks()  # type: ignore[assignment]  # reads as h11's does
        return self._read_chunks(event, reader) if type(reader) is BoundedChunks else super().read_body(event)

    def _read_chunks(self, event: Any, reader: Any) -> HttpCommands[None]:
        for command in super().read_body(event):
            ends = isinstance(command, _base.ReceiveHttp) and isinstance(command.event, self.ReceiveEndOfMessage)
            if ends and reader.trailers:
                assert self.stream_id is not None
                fields, reader.trailers = reader.trailers, ()
                yield _base.ReceiveHttp(self.ReceiveTrailers(self.stream_id, http.Headers(fields)))
            yield command

    def send(self, event: Any) -> HttpCommands[None]:
        if isinstance(event, _events.RequestTrailers | _events.ResponseTrailers):
            self.to_send = event.trailers
            return _nothing()
        trailers, self.to_send = self.to_send, None
        return self._send_last(event, trailers) if trailers else super().send(event)

    def _send_last(self, event: Any, trailers: http.Headers) -> HttpCommands[None]:
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


def _nothing() -> HttpCommands[None]:
    yield from ()
