"""mitmproxy's connection handler, with a deadline for connecting, and back-pressure that cannot stand still.

Without the deadline the kernel tries for two minutes, and a client waits as long. mitmproxy waits after each read until
*all* writers of a client's connection have room, behind one lock: two full directions then wait for each other. Here the
task that reads from an origin waits for the client's writer alone, and the one that reads from the client for all.
Data that comes while there is room goes past mitmproxy's loop (``eager_reader``).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from mitmproxy.connection import Connection, ConnectionState
from mitmproxy.proxy import commands, mode_servers

from .eager_reader import EagerReader, has_room, waits

if TYPE_CHECKING:
    from mitmproxy.proxy.server import ConnectionIO

_MOST_ANSWERS: Final = 16 << 20
"""Bytes that may wait for an origin before nothing more is read from it: more than bodies on their way to it can be."""


class DeadlineHandler(mode_servers.ProxyConnectionHandler):
    """mitmproxy's connection handler, with both."""

    deadline: ClassVar[float] = 10.0
    """Seconds from the first packet; waiting for one of the few connections to a server does not count."""
    first_bytes: ClassVar[int] = 30
    """Seconds that a client has to send its first byte."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.silent = True
        """True when the client has sent nothing yet."""
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
        io = self.transports[connection]
        if isinstance(io.reader, asyncio.StreamReader) and isinstance(io.writer, asyncio.StreamWriter):
            transport: Any = io.writer.transport
            io.reader = EagerReader(io.reader, transport, self, connection)  # type: ignore[assignment]  # of which it only reads
        await super().handle_connection(connection)

    def receivers(self, source: Connection | None) -> Iterable[ConnectionIO]:
        """The connections that are written to when something was read from *source*.

        An origin that makes the proxy answer it (as PING does in HTTP/2) and does not read is among them once much waits for
        it. Below that it is not: one that reads no upload while its response is not read would wait for ever.
        """
        if source is self.client:
            return self.transports.values()
        client = self.transports.get(self.client)
        receiving = () if client is None else (client,)
        own = None if source is None else self.transports.get(source)
        return receiving if own is None or waits(own.writer) <= _MOST_ANSWERS else (*receiving, own)

    async def drain_writers(self) -> None:
        """Wait, after something was read, until there is room for what came of it."""
        if self.silent:
            self.silent, self.timeout_watchdog.timeout = False, self._idle
        task = asyncio.current_task()
        source = next((connection for connection, io in self.transports.items() if io.handler is task), None)
        for each in tuple(self.receivers(source)):
            if each.writer is not None and not has_room(each.writer):
                try:
                    await each.writer.drain()
                except OSError as error:
                    if each.handler is not None:
                        each.handler.cancel(f"Error sending data: {error}")


def install() -> None:
    """Let mitmproxy make all its handlers of this class."""
    mode_servers.ProxyConnectionHandler = DeadlineHandler  # type: ignore[misc]  # put in its place, by name
