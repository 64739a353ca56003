"""A deadline for connecting: without one the kernel tries for two minutes, and a client waits as long."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, mode_servers


class Connecting(mode_servers.ProxyConnectionHandler):
    """mitmproxy's connection handler, with that deadline."""

    deadline: ClassVar[float] = 10.0
    """Seconds from the first packet; waiting for one of the few connections to a server does not count."""

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


def install() -> None:
    """Let every proxy of this process use it."""
    mode_servers.ProxyConnectionHandler = Connecting  # type: ignore[misc]  # put in its place, by name
