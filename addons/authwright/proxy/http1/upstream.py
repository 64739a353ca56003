"""A connection to an origin: plain, or inside TLS by mitmproxy's own layer.

mitmproxy's TLS layer wants to be asked by a child layer and to tell it what arrives. A :class:`_Port` is that child: what
arrives goes into the buffer, to be looked at later. Acting at once, from within the TLS layer's own event, would send
what is ours through it twice.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

from mitmproxy.connection import ConnectionState, Server
from mitmproxy.proxy import commands, context, events, layer, layers, tunnel

from ...origin import Origin
from ..identity import Door, Identity

type Commands = Generator[commands.Command, Any, None]


class Key(NamedTuple):
    """Who may share a connection: requests to one origin, as one identity."""

    origin: Origin
    identity: Identity | None = None


class Upstream:
    """A connection to an origin.

    Args:
        within: the context of the client's connection.
        key: whose it is.
        sni: the name for TLS.
    """

    def __init__(self, within: context.Context, key: Key, sni: str) -> None:
        self.key = key
        address = (key.origin.host, key.origin.port)
        self.server = Server(address=address if key.identity is None else Door.of(address, key.identity))
        self.stack: layer.Layer | None = None
        if key.origin.scheme == "https":
            self._secure(within, sni)
        self.buffer = b""
        self.opened = False
        self.error: str | None = None
        self.closed = False
        self.used = 0
        """How many responses came over it."""

    def _secure(self, within: context.Context, sni: str) -> None:
        inner = within.fork()
        inner.server = self.server
        self.server.sni = sni
        self.server.alpn_offers = (b"http/1.1",)
        stack = tunnel.LayerStack()
        stack /= layers.ServerTLSLayer(inner)
        stack /= _Port(inner, self)
        self.stack = stack[0]

    @property
    def usable(self) -> bool:
        """Whether a request can be sent over it."""
        return self.opened and not self.closed and not self.buffer and self.server.state is ConnectionState.OPEN

    def open(self) -> Commands:
        """Begin to connect; ``opened`` or ``error`` says when that is done."""
        command = commands.OpenConnection(self.server)
        if self.stack is None:
            command.blocking = self  # type: ignore[assignment]  # whoever is truthy and not True has taken care of it
            yield command
        else:
            yield from self.stack.handle_event(events.Start())
            yield from self.stack.handle_event(_Do(command))

    def send(self, data: bytes) -> Commands:
        """Send *data*."""
        if self.stack is None:
            yield commands.SendData(self.server, data)
        else:
            yield from self.stack.handle_event(_Do(commands.SendData(self.server, data)))

    def close(self) -> Commands:
        """Close it, whatever state it is in: else its task and its socket stay."""
        self.closed = True
        if self.server.state is not ConnectionState.CLOSED or not (self.opened or self.error):
            yield commands.CloseConnection(self.server)

    def take(self, event: events.Event) -> Commands:
        """Take an event that is this connection's."""
        if self.stack is None:
            self.arrived(event)
        else:
            yield from self.stack.handle_event(event)

    def arrived(self, event: events.Event) -> None:
        """Note what arrived, in the clear."""
        if isinstance(event, events.DataReceived):
            self.buffer = self.buffer + event.data if self.buffer else event.data
        elif isinstance(event, events.ConnectionClosed):
            self.closed = True
        elif isinstance(event, events.OpenConnectionCompleted):
            self.opened, self.error = event.reply is None, event.reply


@dataclass
class _Do(events.Event):
    """Asks a port to give a command."""

    command: commands.Command


class _Port(layer.Layer):
    """The end of a stack of layers."""

    def __init__(self, within: context.Context, upstream: Upstream) -> None:
        super().__init__(within)
        self._upstream = upstream

    def handle_event(self, event: events.Event) -> Commands:
        """Give the command that was asked for, or note what arrived."""
        if isinstance(event, _Do):
            yield event.command
        else:
            self._upstream.arrived(event)

    _handle_event = handle_event
