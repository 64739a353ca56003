"""What arrives goes to the layer at once, from within the event loop's own callback."""

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


class EventHandler(Protocol):
    """Whoever serves a client's connection."""

    client: Client
    silent: bool
    """Whether the client has said nothing yet."""

    def receivers(self, *, from_client: bool) -> Iterable[ConnectionIO]:
        """Who is sent what comes of something that was read."""

    def server_event(self, event: events.Event) -> Coroutine[Any, Any, None]:
        """Take *event* in."""


class EagerReader:
    """A reader that gives what arrives to the layer at once, from within the event loop's own callback.

    mitmproxy's loop asks a reader for data, and is woken by a future for each piece: that is a fifth of what a
    small request costs. Here the loop's question is answered only when it has something to wait for: what came before it
    asked, what arrives while somebody has no room (it waits for that, so back-pressure is as ever), and the end.

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
        self._handler = handler
        self._connection = connection
        self._asked = False
        self._keep = reader.feed_data
        reader.feed_data = self._push  # type: ignore[assignment, method-assign]  # asyncio's protocol calls it by name

    async def read(self, _most: int) -> bytes:
        """What was kept, up to what asyncio reads at once and keeps; nothing at the end."""
        self._asked = not self._handler.silent
        try:
            return await self._reader.read(_MOST_READ)
        finally:
            self._asked = False
            if self._held:  # where asyncio's reader had kept much, taking that has just started the transport again
                self._transport.pause_reading()

    def hold(self) -> None:
        """Take in nothing more until :meth:`release`: the kernel then holds the sender back."""
        self._held = True
        self._transport.pause_reading()

    def release(self) -> None:
        """Go on."""
        self._held = False
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def _push(self, data: bytes) -> None:
        if not (self._asked and self._taken(data)):
            self._asked = False  # what comes before the loop has run is behind this
            self._keep(data)

    def _taken(self, data: bytes) -> bool:
        """Whether the layer could take *data* now."""
        handler, connection = self._handler, self._connection
        if connection.state is not ConnectionState.OPEN:
            return False
        for each in handler.receivers(from_client=connection is handler.client):
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
    """Whether *writer* can be given more."""
    transport = getattr(writer, "transport", None)
    return transport is not None and not transport.is_closing() and transport.get_write_buffer_size() <= _MOST_WAITING
