"""Finds the reading end of a connection in mitmproxy's server, so that ``backpressure`` can pause it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from mitmproxy import ctx
from mitmproxy.connection import Client, Connection

from ..backpressure import ReadingEnd
from .eager_reader import EagerReader


@dataclass(frozen=True, slots=True)
class _Connected:
    """A connection that mitmproxy's server reads from.

    Args:
        io: mitmproxy's record of it: reader, writer and task.
    """

    io: Any

    def hold(self) -> None:
        if isinstance(self.io.reader, EagerReader):
            self.io.reader.hold()
        elif (transport := self._transport()) is not None:
            transport.pause_reading()

    def release(self) -> None:
        if isinstance(self.io.reader, EagerReader):
            self.io.reader.release()
        elif (transport := self._transport()) is not None and not transport.is_closing():
            transport.resume_reading()

    def hang_up(self, why: str) -> None:
        if self.io.handler is not None:
            self.io.handler.cancel(why)

    def _transport(self) -> asyncio.ReadTransport | None:
        transport = getattr(self.io.writer, "transport", None)
        return transport if isinstance(transport, asyncio.ReadTransport) else None


def find(client: Client, upstream: Connection | None) -> ReadingEnd | None:
    """The reading end of *client*, or of its connection *upstream*; ``None`` when it has ended."""
    server: Any = ctx.master.addons.get("proxyserver")
    handler = server.connections.get(client.id) if server else None
    io = None if handler is None else handler.transports.get(upstream or client) or _through(handler, upstream)
    return None if io is None else _Connected(io)


def _through(handler: Any, upstream: Any) -> Any:
    """The connection to the proxy that *upstream* goes through, whose socket carries it."""
    via = upstream.via.address if upstream is not None and upstream.via else None
    return next((io for side, io in handler.transports.items() if via and getattr(side, "address", None) == via), None)


def listen_addresses() -> list[tuple[str, int]]:
    """The addresses that mitmproxy's server listens on."""
    server: Any = ctx.master.addons.get("proxyserver")
    return [address[:2] for address in server.listen_addrs()] if server else []
