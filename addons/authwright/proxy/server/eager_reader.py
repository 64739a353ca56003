"""A reader that gives data to the layer at once, from within the event loop's own callback."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Final, Protocol

from mitmproxy.connection import Client, Connection, ConnectionState
from mitmproxy.proxy import events

if TYPE_CHECKING:
    from mitmproxy.proxy.server import ConnectionIO

_MOST_READ: Final = 512 << 10
_MOST_WAITING: Final = 64 << 10
"""Bytes, as asyncio lets a writer have before who drains it waits."""
_SMALL: Final = 32 << 10
"""A piece up to this many bytes never takes long, so nothing is timed."""
_LONG_TURN: Final = 0.01
"""Seconds of the event loop after which a connection rests for as long: so one whose pieces are dear to read (a mebibyte of
chunks of one byte) takes half of the loop at most, and every other client comes to its turn between two pieces."""


class EventHandler(Protocol):
    """The handler of a client's connection."""

    client: Client
    silent: bool
    """True when the client has sent nothing yet."""

    def receivers(self, source: Connection) -> Iterable[ConnectionIO]:
        """The connections that are written to when something was read from *source*."""

    def server_event(self, event: events.Event) -> Coroutine[Any, Any, None]:
        """Take *event* in."""


class EagerReader:
    """Gives data to the layer as it arrives.

    mitmproxy's loop asks a reader for data, and a future wakes it for each piece: that is a fifth of the cost of a small
    request. Here the loop gets only the data that came before it asked, the data that comes while a writer has no room (the
    loop waits for room, so back-pressure is as ever), and the end.

    Args:
        reader: what asyncio made.
        transport: what it reads from.
        handler: whose connection it is.
        connection: the connection.
    """

    def __init__(
        self, reader: asyncio.StreamReader, transport: asyncio.ReadTransport, handler: EventHandler, connection: Connection
    ) -> None:
        self._reader = reader
        self._transport = transport
        self._held = False
        self._resting = False
        self._loop = asyncio.get_running_loop()
        self._handler = handler
        self._connection = connection
        self._asked = False
        self._keep = reader.feed_data
        reader.feed_data = self._push  # type: ignore[assignment, method-assign]  # asyncio's protocol calls it by name

    async def read(self, _most: int) -> bytes:
        """The data that was kept, at most half a megabyte; empty at the end of the connection."""
        self._asked = not self._handler.silent
        try:
            return await self._reader.read(_MOST_READ)
        finally:
            self._asked = False
            if (
                self._held or self._resting
            ):  # where asyncio's reader had kept much, taking that has just started the transport again
                self._transport.pause_reading()

    def hold(self) -> None:
        """Read nothing more until :meth:`release`; the kernel then holds the sender back."""
        self._held = True
        self._transport.pause_reading()

    def release(self) -> None:
        """Read on."""
        self._held = False
        self._resume()

    def _resume(self) -> None:
        if not (self._held or self._resting or self._transport.is_closing()):
            self._transport.resume_reading()

    def _push(self, data: bytes) -> None:
        if len(data) <= _SMALL:
            self._give(data)
            return
        began = self._loop.time()
        self._give(data)
        if (turn := self._loop.time() - began) > _LONG_TURN:
            self._rest(turn)

    def _give(self, data: bytes) -> None:
        if not (self._asked and self._taken(data)):
            self._asked = False  # what comes before the loop has run is behind this
            self._keep(data)

    def _rest(self, seconds: float) -> None:
        """Read nothing more for so long, and let other connections come to their turns."""
        self._resting = True
        self._transport.pause_reading()
        self._loop.call_later(seconds, self._rested)

    def _rested(self) -> None:
        self._resting = False
        self._resume()

    def _taken(self, data: bytes) -> bool:
        """Give *data* to the layer, and return whether it could take it now."""
        handler, connection = self._handler, self._connection
        if connection.state is not ConnectionState.OPEN:
            return False
        for each in handler.receivers(connection):
            if each.writer is not None and not has_room(each.writer):
                return False
        event = handler.server_event(events.DataReceived(connection, data))
        try:
            event.send(None)
        except StopIteration:
            return True
        event.close()  # another event waits for its turn, and so does this one
        return False


def has_room(writer: Any) -> bool:
    """True when *writer* can be given more."""
    transport = getattr(writer, "transport", None)
    return transport is not None and not transport.is_closing() and transport.get_write_buffer_size() <= _MOST_WAITING


def waits(writer: Any) -> int:
    """The bytes that *writer* could not send yet."""
    transport = getattr(writer, "transport", None)
    return 0 if transport is None else int(transport.get_write_buffer_size())
