"""Reading from a client no faster than it is used, and no longer, where mitmproxy itself knows no back-pressure."""

from __future__ import annotations

import asyncio
from typing import Any

from mitmproxy import ctx
from mitmproxy.connection import Client


def pause(client: Client) -> None:
    """Read nothing more from *client* for now; the kernel then holds it back."""
    if (transport := _transport(client)) is not None:
        transport.pause_reading()


def resume(client: Client) -> None:
    """Go on reading."""
    if (transport := _transport(client)) is not None and not transport.is_closing():
        transport.resume_reading()


def hang_up(client: Client, why: str) -> None:
    """Read nothing more ever: the connection ends."""
    if (io := _io(client)) is not None and io.handler is not None:
        io.handler.cancel(why)


def _transport(client: Client) -> asyncio.ReadTransport | None:
    io = _io(client)
    if io is None or not isinstance(writer := io.writer, asyncio.StreamWriter):
        return None
    return writer.transport if isinstance(writer.transport, asyncio.ReadTransport) else None


def _io(client: Client) -> Any:
    """Reader, writer and task of *client*; ``None`` when its connection has ended."""
    server: Any = ctx.master.addons.get("proxyserver")
    handler = server.connections.get(client.id) if server else None
    return None if handler is None else handler.transports.get(client)
