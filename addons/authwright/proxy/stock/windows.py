"""Flow control of HTTP/2 (RFC 9113 section 5.2) from one side of the proxy to the other, where mitmproxy knows none.

mitmproxy keeps whatever a closed window does not let out. Here the sending side weighs what waits for its peer, and the
side that the body comes from is held back: on HTTP/1.1 its socket is not read, on HTTP/2 its stream gets no new window.
A connection with much waiting on all its streams is not fed at all. Reading goes on once the peer opens its window.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, Final

from mitmproxy.connection import Connection
from mitmproxy.proxy import commands
from mitmproxy.proxy.layers import http as layers
from mitmproxy.proxy.layers.http import _base, _http2, _http_h2

from .. import backpressure
from .chunked import HttpCommands

WINDOW: Final = 1 << 20
"""Bytes that a peer may send on a stream before the proxy passed some on; also the weight at which a stream is held back."""
MOST_WAITING: Final = 8 << 20
"""Weight of what waits for one peer on all streams before nothing more is read for it."""
_OF_A_PIECE: Final = 200
"""Weight of a waiting piece beside its bytes: about what Python needs to keep it."""


class WaitingPieces(deque[Any]):
    """What waits for a stream's window, and its weight."""

    weight = 0

    def append(self, piece: Any) -> None:
        """See :class:`collections.deque`."""
        self.weight += len(piece.data) + _OF_A_PIECE
        super().append(piece)

    def appendleft(self, piece: Any) -> None:
        """See :class:`collections.deque`."""
        self.weight += len(piece.data) + _OF_A_PIECE
        super().appendleft(piece)

    def popleft(self) -> Any:
        """See :class:`collections.deque`."""
        piece = super().popleft()
        self.weight -= len(piece.data) + _OF_A_PIECE
        return piece


class WeighedConnection(_http_h2.BufferedH2Connection):
    """h2's connection, which weighs what waits and gives no new window to a stream that is held back."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.local_settings.initial_window_size = WINDOW
        self.local_settings.acknowledge()
        self.stream_buffers = defaultdict(WaitingPieces)
        self.unacknowledged: dict[int, int] = {}
        """The streams that are held back, and the bytes that came on each meanwhile."""

    def acknowledge_received_data(self, acknowledged_size: int, stream_id: int) -> None:
        """Give the peer new window, unless the stream is held back."""
        if stream_id in self.unacknowledged:
            self.unacknowledged[stream_id] += acknowledged_size
        else:
            super().acknowledge_received_data(acknowledged_size, stream_id)

    def let_go(self, stream_id: int) -> None:
        """Give the peer the window that was kept back."""
        if owed := self.unacknowledged.pop(stream_id, 0):
            super().acknowledge_received_data(owed, stream_id)

    def weight(self, stream_id: int) -> int:
        """The weight of what waits on a stream."""
        waiting = self.stream_buffers.get(stream_id)
        return waiting.weight if isinstance(waiting, WaitingPieces) else 0

    def weight_of_all(self) -> int:
        """The weight of what waits on all streams."""
        return sum(map(self.weight, self.stream_buffers))


@dataclass
class HoldBack(_base.HttpEvent):
    """The other side cannot send more on this stream for now."""


@dataclass
class LetGo(_base.HttpEvent):
    """The other side can send more on this stream."""


class HeldSenders:
    """The bodies that wait for the peer of one HTTP/2 connection, and the connections that they come from."""

    def __init__(self) -> None:
        self._sources: dict[int, Connection] = {}

    def hold(self, stream_id: int, source: Connection, side: Windowed) -> HttpCommands[None]:
        """Hold *source* back where too much waits on *side*.

        Args:
            stream_id: the client's number of the stream.
            source: the connection that the body comes from.
            side: the connection that it goes to.
        """
        full = side.weight_of_all() > MOST_WAITING
        if not full and side.weight(stream_id) <= WINDOW:
            return
        self._sources[stream_id] = source
        if full or source.alpn != b"h2":
            backpressure.pause(side.context.client, None if source is side.context.client else source)
        if source.alpn == b"h2":
            yield layers.SendHttp(HoldBack(stream_id), source)

    def let_go(self, side: Windowed) -> HttpCommands[None]:
        """Read on from the connections for which *side* has room again."""
        if not self._sources or side.weight_of_all() > MOST_WAITING // 2:
            return
        for stream_id, source in tuple(self._sources.items()):
            if side.weight(stream_id) > WINDOW // 2:
                continue
            del self._sources[stream_id]
            backpressure.resume(side.context.client, None if source is side.context.client else source)
            if source.alpn == b"h2":
                yield layers.SendHttp(LetGo(stream_id), source)


class Windowed(_http2.Http2Connection):
    """The part that both sides of HTTP/2 share."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.held = HeldSenders()

    def number(self, stream_id: int) -> int | None:
        """The number on this connection of the client's stream *stream_id*; ``None`` where it has none."""
        return stream_id

    def weight(self, stream_id: int) -> int:
        """The weight of what waits for the client's stream *stream_id*."""
        number = self.number(stream_id)
        return self._connection.weight(number) if number is not None else 0

    def weight_of_all(self) -> int:
        """The weight of what waits for the peer."""
        return self._connection.weight_of_all()

    def takes(self, event: Any) -> HttpCommands[bool]:
        """Take *event* where it is about the window of a stream, and return whether it was."""
        if not isinstance(event, HoldBack | LetGo):
            return False
        number = self.number(event.stream_id)
        if number is not None and isinstance(event, HoldBack):
            self._connection.unacknowledged.setdefault(number, 0)
        elif number is not None:
            self._connection.let_go(number)
            if data := self.h2_conn.data_to_send():
                yield commands.SendData(self.conn, data)
        return True

    @property
    def _connection(self) -> WeighedConnection:
        assert isinstance(self.h2_conn, WeighedConnection)
        return self.h2_conn


class WindowedClient(Windowed, _http2.Http2Client):
    """The origin's side."""

    def number(self, stream_id: int) -> int | None:
        """See :class:`Windowed`."""
        return self.our_stream_id.get(stream_id)

    def weight(self, stream_id: int) -> int:
        """See :class:`Windowed`; a stream that could not begin yet has its events in a queue."""
        return super().weight(stream_id) + _of_queue(self.stream_queue.get(stream_id, ()))

    def weight_of_all(self) -> int:
        """See :class:`Windowed`."""
        return super().weight_of_all() + sum(map(_of_queue, self.stream_queue.values()))


def _of_queue(queue: Any) -> int:
    return sum(len(getattr(event, "data", b"")) + _OF_A_PIECE for event in queue)


def end_of(layer: Any) -> Any:
    """What speaks HTTP on a connection, below mitmproxy's layers for TLS and proxies."""
    while layer is not None and not isinstance(layer, _base.HttpConnection):
        layer = getattr(layer, "child_layer", None)
    return layer


def install() -> None:
    """Let mitmproxy make its HTTP/2 connections of :class:`WeighedConnection`."""
    _http2.BufferedH2Connection = WeighedConnection  # type: ignore[attr-defined]  # put in its place, by name
