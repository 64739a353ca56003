"""The connections to origins that serve one client's connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mitmproxy.connection import Connection
from mitmproxy.net.server_spec import ServerSpec
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context

from ...origin import Origin
from ...outbound.unreachable import unreachable
from .. import backpressure
from .client import ClientBuffer, Commands, Script
from .upstream import ConnectionKey, Upstream

_MOST: Final = 8
"""Connections to origins that one client's connection keeps."""


class Upstreams:
    """The connections to origins.

    Args:
        context: the context of the client's connection.
        client: what the client has sent.
        scheme: of the one origin that is asked for here; empty for a forward proxy.
        via: the proxy behind this one.
    """

    def __init__(self, context: Context, client: ClientBuffer, scheme: str, via: ServerSpec | None) -> None:
        self._context = context
        self._client = client
        self._scheme = scheme
        self._via = via
        self._by_key: dict[ConnectionKey, Upstream] = {}
        self._by_connection: dict[Connection, Upstream] = {}
        self._owners: dict[commands.Command, Upstream] = {}

    def kept(self, key: ConnectionKey) -> Upstream | None:
        """The open connection that a request can be sent over, if there is one."""
        found = self._by_key.get(key)
        return found if found is not None and found.usable else None

    def connected(self, key: ConnectionKey) -> Script[Upstream]:
        """A new connection that a request can be sent over.

        Raises:
            AuthwrightError: there is none to be had.
            ClientGone: the client left meanwhile.
        """
        if key in self._by_key:
            yield from self.drop(self._by_key[key])
        while len(self._by_key) >= _MOST:
            yield from self.drop(next(iter(self._by_key.values())))
        upstream = Upstream(self._context, key, self._sni(key.origin), self._via, tunnel=not self.is_read_by_a_proxy(key.origin))
        self._by_key[key] = self._by_connection[upstream.wire] = upstream
        self._client.hold()
        yield from self._owned(upstream, upstream.open())
        while not (upstream.opened or upstream.error):
            yield from self._client.wait()
        self._client.release()
        if upstream.error is not None:
            yield from self.drop(upstream)
            raise unreachable(key.origin, upstream.error)
        return upstream

    def is_read_by_a_proxy(self, origin: Origin) -> bool:
        """True when the proxy behind this one reads requests to *origin*, and passes them on."""
        return self._via is not None and not self._scheme and origin.scheme == "http"

    def send(self, upstream: Upstream, data: bytes) -> Commands:
        """Send *data* to an origin, whose response is awaited from now on."""
        upstream.awaited = True
        return self._owned(upstream, upstream.send(data)) if upstream.stack else upstream.send(data)

    def drop(self, upstream: Upstream) -> Commands:
        """Close a connection to an origin."""
        if self._by_key.get(upstream.key) is upstream:
            del self._by_key[upstream.key]
        if upstream.error is not None:
            self._by_connection.pop(upstream.wire, None)  # else its end comes as an event
        yield from upstream.close()

    def drop_awaited(self) -> Commands:
        """Close the connections on which a response is awaited or half read."""
        for upstream in [each for each in self._by_key.values() if each.awaited]:
            yield from self.drop(upstream)

    def drop_all(self) -> Commands:
        """Close every connection."""
        for upstream in list(self._by_key.values()):
            yield from self.drop(upstream)

    def hold(self) -> None:
        """Read nothing from origins until :meth:`release`; else what they send meanwhile has no bound."""
        for each in self._by_key.values():
            if each.awaited:
                backpressure.pause(self._context.client, each.wire)

    def release(self) -> None:
        """Read on from origins."""
        for each in self._by_key.values():
            if each.awaited:
                backpressure.resume(self._context.client, each.wire)

    def knows(self, connection: Connection) -> bool:
        """True when *connection* is one of these, or was until its end, which no event has told yet."""
        return connection in self._by_connection

    def take(self, event: events.ConnectionEvent) -> Iterable[commands.Command]:
        """Take an event of one of these connections.

        One that the origin closes is dropped. So is one on which it speaks unasked: a response that no request asked for
        is none (RFC 9112 section 9.2), and must not fill memory while the client says nothing.
        """
        upstream = self._by_connection.get(event.connection)
        if upstream is None:
            return ()
        if isinstance(event, events.ConnectionClosed):
            del self._by_connection[event.connection]
        elif upstream.closed:
            return ()  # dropped already: what was under way goes nowhere
        if upstream.stack is None and upstream.awaited:
            upstream.arrived(event)
            if not upstream.closed:
                return ()
        return self._taken(upstream, event)

    def _taken(self, upstream: Upstream, event: events.ConnectionEvent) -> Commands:
        if not upstream.closed:
            yield from self._owned(upstream, upstream.take(event))
        if upstream.closed or (upstream.buffer.pending and not upstream.awaited):
            yield from self.drop(upstream)

    def take_reply(self, event: events.CommandCompleted) -> Commands | None:
        """Take the reply to a command that a connection gave; ``None`` when none of these gave it."""
        owner = self._owners.pop(event.command, None)
        return None if owner is None else self._owned(owner, owner.take(event))

    def _owned(self, upstream: Upstream, given: Commands) -> Commands:
        """Commands of *upstream*; replies to them are given to it."""
        for command in given:
            if command.blocking:
                self._owners[command] = upstream
            yield command

    def _sni(self, origin: Origin) -> str:
        server, client = self._context.server, self._context.client
        if self._scheme and server.address and origin.host == server.address[0]:
            return server.sni or client.sni or origin.host
        return (self._scheme and client.sni) or origin.host
