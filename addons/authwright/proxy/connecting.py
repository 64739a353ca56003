"""mitmproxy's connection handler, with a deadline for connecting, and back-pressure that cannot stand still.

Without the first the kernel tries for two minutes, and a client waits as long. As for the second, mitmproxy waits after
each read until *all* writers of a client's connection have room, behind one lock: two full directions then wait for each
other. Here whoever reads from an origin waits for the client's writer alone, whoever reads from the client for all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from mitmproxy.connection import Connection, ConnectionState
from mitmproxy.proxy import commands, events, mode_servers
from mitmproxy.proxy.server import ConnectionIO

_MOST_READ: Final = 512 << 10
_MOST_WAITING: Final = 64 << 10
"""Bytes, as asyncio lets a writer have before who drains it waits."""


class Connecting(mode_servers.ProxyConnectionHandler):
    """mitmproxy's connection handler, with both."""

    deadline: ClassVar[float] = 10.0
    """Seconds from the first packet; waiting for one of the few connections to a server does not count."""
    first_bytes: ClassVar[int] = 30
    """Seconds that a client has to say something."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.silent = True
        """Whether the client has said nothing yet."""
        self._idle, self.timeout_watchdog.timeout = self.timeout_watchdog.timeout, self.first_bytes

    async def open_connection(self, command: commands.OpenConnection) -> None:
        """Open the connection, or give up."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        timer: asyncio.TimerHandle

        def look() -> None:
            nonlocal timer
            connection = command.connection
            if connection.state is not ConnectionState.CLOSED or connection.error:
                return
            now = time.time()  # noqa: TID251 - mitmproxy stamps connections by this clock
            left = (connection.timestamp_start or now) + self.deadline - now
            if left > 0:
                timer = loop.call_later(left, look)
            else:
                task.cancel("connecting timed out")

        timer = loop.call_later(self.deadline, look)
        try:
            await super().open_connection(command)
        finally:
            timer.cancel()

    async def handle_connection(self, connection: Connection) -> None:
        """Read *connection* to its end."""
        transport = self.transports[connection]
        if isinstance(transport.reader, asyncio.StreamReader):
            transport.reader = _Pushing(transport.reader, self, connection)  # type: ignore[assignment]  # of which it only reads
        await super().handle_connection(connection)

    def receivers(self, *, from_client: bool) -> Iterable[ConnectionIO]:
        """Who is sent what comes of something that was read."""
        return self.transports.values() if from_client else filter(None, (self.transports.get(self.client),))

    async def drain_writers(self) -> None:
        """Wait, after something was read, until there is room for what came of it."""
        if self.silent:
            self.silent, self.timeout_watchdog.timeout = False, self._idle
        client = self.transports.get(self.client)
        from_client = client is not None and client.handler is asyncio.current_task()
        for each in tuple(self.receivers(from_client=from_client)):
            if each.writer is not None and not _has_room(each.writer):
                try:
                    await each.writer.drain()
                except OSError as error:
                    if each.handler is not None:
                        each.handler.cancel(f"Error sending data: {error}")


class _Pushing:
    """A reader that gives what arrives to the layer at once, from within the event loop's own callback.

    mitmproxy's loop asks a reader for data, and is woken by a future for each piece: that is a third of the time that a
    small request takes. Here the loop's question is answered only when it has something to wait for: what came before it
    asked, what arrives while somebody has no room (it waits for that, so back-pressure is as ever), and the end.

    Args:
        reader: what asyncio made.
        handler: whose connection it is.
        connection: the connection.
    """

    def __init__(self, reader: asyncio.StreamReader, handler: Connecting, connection: Connection) -> None:
        self._reader = reader
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
            if each.writer is not None and not _has_room(each.writer):
                return False
        event = handler.server_event(events.DataReceived(connection, data))
        try:
            event.send(None)
        except StopIteration:
            return True
        event.close()  # another event waits for its turn, and so does this one
        return False


def _has_room(writer: Any) -> bool:
    transport = getattr(writer, "transport", None)
    return transport is not None and not transport.is_closing() and transport.get_write_buffer_size() <= _MOST_WAITING


def install() -> None:
    """Let every proxy of this process use it."""
    mode_servers.ProxyConnectionHandler = Connecting  # type: ignore[misc]  # put in its place, by name
