"""Reading from a client no faster than it is used, where mitmproxy itself knows no back-pressure."""

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


def _transport(client: Client) -> asyncio.ReadTransport | None:
    server: Any = ctx.master.addons.get("proxyserver")
    handler = server.connections.get(client.id) if server else None
    if handler is None or not isinstance(writer := handler.transports[client].writer, asyncio.StreamWriter):
        return None
    return writer.transport if isinstance(writer.transport, asyncio.ReadTransport) else None
