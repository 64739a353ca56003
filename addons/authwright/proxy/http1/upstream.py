"""A connection to an origin: plain, or by mitmproxy's own layers inside TLS and through another proxy.

mitmproxy's TLS layer takes commands from a child layer and gives it what arrives. A :class:`_Port` is that child. It puts
what arrives into the buffer, and the script looks at it later. Acting at once, from within the TLS layer's own event, would
send our bytes through that layer twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from mitmproxy.connection import ConnectionState, Server
from mitmproxy.net.server_spec import ServerSpec
from mitmproxy.proxy import commands, context, events, layer, layers
from mitmproxy.proxy.tunnel import LayerStack

from ...origin import Origin
from ..identity import Identity, PinnedAddress
from .buffer import Buffer
from .client import Commands


class ConnectionKey(NamedTuple):
    """The requests that may share a connection: those to one origin, as one identity."""

    origin: Origin
    identity: Identity | None = None


class Upstream:
    """A connection to an origin.

    Args:
        within: the context of the client's connection.
        key: the requests that it serves.
        sni: the server name for TLS.
        via: the proxy that it goes through.
        tunnel: whether that proxy opens a tunnel; else it reads the requests itself.
    """

    def __init__(
        self, within: context.Context, key: ConnectionKey, sni: str, via: ServerSpec | None = None, *, tunnel: bool = True
    ) -> None:
        self.key = key
        address = (key.origin.host, key.origin.port)
        self.server = Server(address=address if key.identity is None else PinnedAddress.of(address, key.identity))
        self.wire = self.server
        """The end of the socket: the origin, or the proxy before it."""
        self.stack: layer.Layer | None = None
        if via is not None or key.origin.scheme == "https":
            self.stack = self._stacked(within, sni, via, tunnel=tunnel)
        self.buffer = Buffer()
        self.awaited = False
        """True from the moment a request is sent until its response is read to the end."""
        self.opened = False
        self.error: str | None = None
        self.closed = False
        self.used = 0
        """The number of responses that came over it."""

    def _stacked(self, within: context.Context, sni: str, via: ServerSpec | None, *, tunnel: bool) -> layer.Layer:
        inner = within.fork()
        inner.server = self.server
        stack = LayerStack()
        if via is not None:
            self.server.via = via
            stack /= through(inner, connect=tunnel)
            self.wire = stack[0].tunnel_connection  # type: ignore[attr-defined]  # that of a TunnelLayer
        if self.key.origin.scheme == "https":
            self.server.sni = sni
            self.server.alpn_offers = (b"http/1.1",)
            stack /= layers.ServerTLSLayer(inner)
        stack /= _Port(inner, self)
        return stack[0]

    @property
    def usable(self) -> bool:
        """True when a request can be sent over it."""
        return self.opened and not self.closed and not self.buffer.pending and self.wire.state is ConnectionState.OPEN

    def open(self) -> Commands:
        """Begin to connect; ``opened`` or ``error`` is set when that is done."""
        command = commands.OpenConnection(self.server)
        if self.stack is None:
            command.blocking = self  # type: ignore[assignment]  # mitmproxy pauses this layer for True alone
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
        """Close it in whatever state it is, so that neither its task nor its socket stays."""
        self.closed = True
        if self.wire.state is not ConnectionState.CLOSED or not (self.opened or self.error):
            yield commands.CloseConnection(self.wire)

    def take(self, event: events.Event) -> Commands:
        """Take an event of this connection."""
        if self.stack is None:
            self.arrived(event)
        else:
            yield from self.stack.handle_event(event)

    def arrived(self, event: events.Event) -> None:
        """Note what arrived, decrypted."""
        if isinstance(event, events.DataReceived):
            self.buffer.add(event.data)
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


def through(within: context.Context, *, connect: bool) -> LayerStack:
    """Mitmproxy's own layers that bring a connection through the proxy which ``within.server.via`` names."""
    made: LayerStack = layers.http._upstream_proxy.HttpUpstreamProxy.make(within, connect)  # noqa: SLF001 - it has no public name
    return made
