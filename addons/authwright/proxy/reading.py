"""Reading from a client no faster than it is used, and no longer, where mitmproxy itself knows no back-pressure."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from mitmproxy import ctx
from mitmproxy.connection import Client


class _Held:
    """A transport that reads nothing, whatever its stream reader asks for; that counts again afterwards.

    The reader stops and starts the same transport by how full its own buffer is, and would start it here.
    """

    def __init__(self, transport: asyncio.ReadTransport) -> None:
        self._transport = transport
        self._wanted = transport.is_reading()
        transport.pause_reading()
        vars(transport).update(pause_reading=partial(self._want, False), resume_reading=partial(self._want, True))

    def _want(self, wanted: bool) -> None:
        self._wanted = wanted

    def end(self) -> None:
        """Read on, if the reader wants to."""
        for name in ("pause_reading", "resume_reading"):
            vars(self._transport).pop(name)
        if self._wanted and not self._transport.is_closing():
            self._transport.resume_reading()


_held: Final[WeakKeyDictionary[Client, _Held]] = WeakKeyDictionary()


def pause(client: Client) -> None:
    """Read nothing more from *client* for now; the kernel then holds it back."""
    if client not in _held and (transport := _transport(client)) is not None:
        _held[client] = _Held(transport)


def resume(client: Client) -> None:
    """Go on reading."""
    if (held := _held.pop(client, None)) is not None:
        held.end()


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
