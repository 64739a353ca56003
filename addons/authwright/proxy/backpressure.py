"""Reading from a peer no faster than the proxy uses what it sends; mitmproxy itself knows no back-pressure."""

from __future__ import annotations

import asyncio
from typing import Any

from mitmproxy import ctx
from mitmproxy.connection import Client


def pause(client: Client, upstream: Any = None) -> None:
    """Read nothing more from *client* for now, or from its connection *upstream*; the kernel then holds the peer back."""
    io = _io(client, upstream)
    if hold := getattr(io and io.reader, "hold", None):
        hold()
    elif (transport := _transport(io)) is not None:
        transport.pause_reading()


def resume(client: Client, upstream: Any = None) -> None:
    """Read on from *client*, or from its connection *upstream*."""
    io = _io(client, upstream)
    if release := getattr(io and io.reader, "release", None):
        release()
    elif (transport := _transport(io)) is not None and not transport.is_closing():
        transport.resume_reading()


def hang_up(client: Client, why: str) -> None:
    """Read nothing more ever: the connection ends."""
    if (io := _io(client, None)) is not None and io.handler is not None:
        io.handler.cancel(why)


def _transport(io: Any) -> asyncio.ReadTransport | None:
    transport = getattr(io.writer, "transport", None) if io is not None else None
    return transport if isinstance(transport, asyncio.ReadTransport) else None


def _io(client: Client, upstream: Any) -> Any:
    """Reader, writer and task of a connection; ``None`` when it has ended."""
    master = getattr(ctx, "master", None)
    server: Any = master.addons.get("proxyserver") if master else None
    handler = server.connections.get(client.id) if server else None
    return None if handler is None else handler.transports.get(upstream or client)
