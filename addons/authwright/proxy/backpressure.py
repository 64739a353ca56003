"""Reading from a client no faster than it is used, and no longer, where mitmproxy itself knows no back-pressure."""

from __future__ import annotations

import asyncio
from typing import Any

from mitmproxy import ctx
from mitmproxy.connection import Client

from .server.eager_reader import EagerReader


def pause(client: Client) -> None:
    """Read nothing more from *client* for now; the kernel then holds it back."""
    io = _io(client)
    if io is not None and isinstance(io.reader, EagerReader):
        io.reader.hold()
    elif (transport := _transport(io)) is not None:
        transport.pause_reading()


def resume(client: Client) -> None:
    """Go on reading."""
    io = _io(client)
    if io is not None and isinstance(io.reader, EagerReader):
        io.reader.release()
    elif (transport := _transport(io)) is not None and not transport.is_closing():
        transport.resume_reading()


def hang_up(client: Client, why: str) -> None:
    """Read nothing more ever: the connection ends."""
    if (io := _io(client)) is not None and io.handler is not None:
        io.handler.cancel(why)


def _transport(io: Any) -> asyncio.ReadTransport | None:
    transport = getattr(io.writer, "transport", None) if io is not None else None
    return transport if isinstance(transport, asyncio.ReadTransport) else None


def _io(client: Client) -> Any:
    """Reader, writer and task of *client*; ``None`` when its connection has ended."""
    server: Any = ctx.master.addons.get("proxyserver")
    handler = server.connections.get(client.id) if server else None
    return None if handler is None else handler.transports.get(client)
