"""The layer: gives a connection's events to a script that serves one request after the other.

For whoever edits this next: the script yields commands, and ``None`` where it waits for the next event. It is never
entered twice, since mitmproxy's server gives one event at a time, and what arrives only fills buffers. No command pauses
this layer: those that are answered later are given with ``blocking`` set to something that is not ``True``, and their
answers come as events.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from mitmproxy.connection import Connection
from mitmproxy.net.server_spec import ServerSpec
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.mode_specs import ReverseMode, UpstreamMode

from ...engine.admission import beginning
from ...engine.exchange import Step
from ...errors import AuthwrightError
from ...message import Headers, Request
from ...origin import DEFAULT_PORTS, Origin
from .. import backpressure, guard, refuse
from ..intake import Intake
from ..stock import stream
from . import answer
from .client import ClientBuffer, ClientGone, Script
from .head import RequestHead
from .ready_cache import ReadyCache
from .turn import Turn
from .upstream import Commands, ConnectionKey, Upstream, through
from .waiting import AuthwrightWaitHook, Waiting

log = logging.getLogger("authwright")

HEAD_DEADLINE: Final = 30.0
"""Seconds from the first bytes of a head to its last."""
_MOST_UPSTREAMS: Final = 8


class Http1(layer.Layer):
    """One client's connection that speaks HTTP/1.1.

    Args:
        context: mitmproxy's.
        conduct: the house's rules for every request.
        known: what is ready.
        scheme: of the one origin that is asked for here (inside a tunnel, behind SOCKS, in reverse mode); empty for a
            forward proxy, of which each request names its own.
    """

    def __init__(self, context: Context, conduct: Intake, known: ReadyCache, scheme: str = "") -> None:
        super().__init__(context)
        self.conduct = conduct
        self.known = known
        self.scheme = scheme
        mode = context.client.proxy_mode
        self.reverse = isinstance(mode, ReverseMode)
        self.host = _reverse_host(context, scheme) if self.reverse else b""
        self.via: ServerSpec | None = (mode.scheme, mode.address) if isinstance(mode, UpstreamMode) else None
        self.client = ClientBuffer(lambda: backpressure.pause(context.client), lambda: backpressure.resume(context.client))
        self.child: layer.Layer | None = None
        self._script = self._serve()
        self._upstreams: dict[ConnectionKey, Upstream] = {}
        self._by_connection: dict[Connection, Upstream] = {}
        self._owners: dict[commands.Command, Upstream] = {}
        self._deadlines: set[commands.Command] = set()
        self._completed: object = None
        self._origins: dict[tuple[Any, ...], Origin] = {}
        self._origins_of: object = None

    # -- events

    def handle_event(self, event: events.Event) -> Commands:
        """Take *event* in, and go on as far as that allows."""
        if self.child is not None:
            if not self._is_left_over(event):
                yield from self.child.handle_event(event)
            return
        yield from self._take(event)
        try:
            for command in self._script:
                if command is None:
                    return
                yield command
        except Exception as error:  # mitmproxy would log it with its values, and leave the client waiting
            log.error(  # noqa: TRY400 - no values of frames in a log
                "a connection failed: %s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG)
            )
            yield from self._close()

    _handle_event = handle_event

    def _take(self, event: events.Event) -> Commands:
        if isinstance(event, events.ConnectionEvent):
            if event.connection is self.context.client:
                if isinstance(event, events.DataReceived):
                    self.client.take(event.data)
                else:
                    self.client.gone = True
            elif upstream := self._by_connection.get(event.connection):
                if isinstance(event, events.ConnectionClosed):
                    del self._by_connection[event.connection]
                yield from self._of(upstream, upstream.take(event))
                if upstream.closed:
                    yield from self.drop(upstream)
        elif isinstance(event, events.CommandCompleted):
            owner = self._owners.pop(event.command, None)
            if owner is None:
                self._completed = event.command
                self._deadlines.discard(event.command)
            else:
                yield from self._of(owner, owner.take(event))

    def _of(self, upstream: Upstream, given: Commands) -> Commands:
        """Commands of *upstream*: what is answered later is answered to it."""
        for command in given:
            if command.blocking:
                self._owners[command] = upstream
            yield command

    # -- the script

    def _serve(self) -> Script[None]:
        persists = True
        while persists:
            try:
                head = yield from self._next_head()
            except AuthwrightError as error:
                yield from self._refuse_unread(error)
                break
            if head is None:
                break
            if head.method == b"CONNECT" and not self.scheme:
                persists = yield from self._tunnel(head)
                continue
            turn = Turn(self, head)
            try:
                persists = yield from turn.run()
            except ClientGone:
                break
        if self.child is None:
            yield from self._close()

    def _next_head(self) -> Script[RequestHead | None]:
        """The head of the next request; ``None`` when this layer will serve none."""
        deadline: commands.Command | None = None
        while True:
            if self.conduct.retired and self.client.buffer:
                yield from self._hand_over()
                return None
            if (head := self.client.head()) is not None:
                return head
            if self.client.gone or (deadline is not None and self._completed is deadline):
                return None
            if self.client.buffer and deadline is None:
                deadline = commands.RequestWakeup(HEAD_DEADLINE)
                self._deadlines.add(deadline)
                yield deadline
            yield None

    def _tunnel(self, head: RequestHead) -> Script[bool]:
        """Answer CONNECT, and let mitmproxy look at what comes inside."""
        if self.client.gone:
            return False
        try:
            address = self.conduct.admit_tunnel(self.claims(head), self.context.client)
        except BaseException as error:  # noqa: BLE001 - nothing may go on after a failure
            yield from self._refuse_tunnel(head, refuse.wrapped(error))
            return not head.fields.close
        self.context.server.address, self.context.server.via = address, self.via
        yield commands.SendData(self.context.client, answer.TUNNEL)
        yield from self._leave_to(self._within_tunnel(), self.client.buffer.lstrip(b"\r\n"))
        return False

    def _hand_over(self) -> Commands:
        """Let it be chosen anew who serves the connection, from the request on that comes now."""
        if not self.client.gone:
            self.context.layers.remove(self)  # whoever is asked sees the connection as it was before
            yield from self._leave_to(layer.NextLayer(self.context), self.client.buffer)

    def _leave_to(self, child: layer.Layer, rest: bytes) -> Commands:
        """Leave the connection to *child*, from *rest* on, which the client has sent already."""
        for upstream in list(self._upstreams.values()):
            yield from self.drop(upstream)
        self.client.taken(b"")
        self.child = child
        yield from child.handle_event(events.Start())
        if rest:
            yield from child.handle_event(events.DataReceived(self.context.client, rest))

    def _within_tunnel(self) -> layer.Layer:
        """What asks who serves what comes inside; whoever opens a connection there goes through the proxy before us too."""
        if self.via is None:
            return layer.NextLayer(self.context)
        stack = through(self.context, connect=True)
        stack /= layer.NextLayer(self.context)
        return stack[0]

    def _is_left_over(self, event: events.Event) -> bool:
        """Whether *event* answers what this layer asked for before it left the connection to others."""
        if isinstance(event, events.ConnectionEvent):
            return event.connection in self._by_connection
        return isinstance(event, events.CommandCompleted) and event.command in self._deadlines

    def _close(self) -> Commands:
        for upstream in list(self._upstreams.values()):
            yield from self.drop(upstream)
        yield commands.CloseConnection(self.context.client)

    def _refuse_unread(self, error: AuthwrightError) -> Script[None]:
        yield commands.SendData(self.context.client, answer.refusal(error, close=True))
        where = Origin(self.scheme or "http", "-", DEFAULT_PORTS[self.scheme or "http"])
        self._report_refusal(Request("-", where, "/"), error)

    def _refuse_tunnel(self, head: RequestHead, error: AuthwrightError) -> Script[None]:
        yield commands.SendData(self.context.client, answer.refusal(error, close=head.fields.close))
        self._report_refusal(Request("CONNECT", self.claimed(head), "", Headers()), error)

    def _report_refusal(self, request: Request, error: AuthwrightError) -> None:
        house, client = self.conduct.house, self.context.client
        environment, at = house.rules.current.environment, house.engine.ambient.now()
        self.conduct.finish(lambda: beginning(request, environment, None, at), error, client)

    # -- what a turn asks for

    def claims(self, head: RequestHead) -> guard.Claims:
        """What the connection is and the client says."""
        client, address = self.context.client, self.context.server.address
        return guard.Claims(
            method=head.method,
            target=head.target,
            fields=head.fields.pairs,
            http_version=head.http_version,
            authority=head.authority,
            forward=not self.scheme,
            reverse=self.reverse,
            scheme=self.scheme or head.scheme.decode() or "http",
            host=address[0] if self.scheme and address else "",
            port=address[1] if self.scheme and address else 0,
            tls=client.tls,
            sni=client.sni,
        )

    def claimed(self, head: RequestHead) -> Origin:
        """Where the request says it wants to go, unchecked: to tell a person, and for nothing else."""
        scheme = head.scheme.decode() or self.scheme or "http"
        said = (head.authority or head.fields.host or b"").decode("ascii", "replace")
        host, _, port = said.rpartition(":")
        if host and port.isascii() and port.isdecimal():
            return Origin(scheme, host.strip("[]"), int(port))
        return Origin(scheme, said.strip("[]") or "-", DEFAULT_PORTS[scheme])

    def admit(self, head: RequestHead, rules: object) -> Origin:
        """Where the request goes; looked at whole once for all requests of this connection that say the same of it.

        Raises:
            RequestError: it may not go there.
        """
        if rules is not self._origins_of or len(self._origins) > 64:
            self._origins_of, self._origins = rules, {}
        key = (head.scheme, head.authority, head.fields.host, head.http10)
        found = self._origins.get(key)
        if found is None:
            found = self._origins[key] = self.conduct.admit(self.claims(head), self.context.client)
        else:
            guard.check_target(head.method, head.target)
            if self.conduct.house.settings.password is not None:
                self.conduct.check_password(self.claims(head), self.context.client)
        return found

    def connected(self, key: ConnectionKey) -> Script[Upstream]:
        """A connection that a request can be sent over.

        Raises:
            AuthwrightError: there is none to be had.
        """
        found = self._upstreams.get(key)
        if found is not None and found.usable:
            return found
        if found is not None:
            yield from self.drop(found)
        while len(self._upstreams) >= _MOST_UPSTREAMS:
            yield from self.drop(next(iter(self._upstreams.values())))
        tunnel = not self.is_read_by_a_proxy(key.origin)
        upstream = Upstream(self.context, key, self._sni(key.origin), self.via, tunnel=tunnel)
        self._upstreams[key] = self._by_connection[upstream.wire] = upstream
        self.client.hold()
        yield from self._of(upstream, upstream.open())
        while not (upstream.opened or upstream.error):
            yield None
            if self.client.gone:
                raise ClientGone
        self.client.release()
        if upstream.error is not None:
            yield from self.drop(upstream)
            raise stream.unreachable(upstream.error, key.origin)
        return upstream

    def is_read_by_a_proxy(self, origin: Origin) -> bool:
        """Whether requests to *origin* are for the proxy behind us to read, and pass on."""
        return self.via is not None and not self.scheme and origin.scheme == "http"

    def send(self, upstream: Upstream, data: bytes) -> Commands:
        """Send *data* to an origin."""
        return self._of(upstream, upstream.send(data)) if upstream.stack else upstream.send(data)

    def drop(self, upstream: Upstream) -> Commands:
        """Close a connection to an origin."""
        if self._upstreams.get(upstream.key) is upstream:
            del self._upstreams[upstream.key]
        if upstream.error is not None:
            self._by_connection.pop(upstream.wire, None)  # else its end comes as an event
        yield from upstream.close()

    def wait_for(self, waiting: Waiting) -> Script[Step]:
        """Wait until the exchange goes on; meanwhile nothing is read from the client."""
        hook = AuthwrightWaitHook(waiting)
        hook.blocking = self  # type: ignore[assignment]  # as upstream does
        self.client.hold()
        yield hook
        while self._completed is not hook:
            yield None
            if self.client.gone:
                raise ClientGone
        self.client.release()
        if waiting.error is not None:
            raise refuse.wrapped(waiting.error) from waiting.error
        return waiting.step

    def _sni(self, origin: Origin) -> str:
        server = self.context.server
        if self.scheme and server.address and origin.host == server.address[0]:
            return server.sni or self.context.client.sni or origin.host
        return (self.scheme and self.context.client.sni) or origin.host


def _reverse_host(context: Context, scheme: str) -> bytes:
    """What a reverse proxy says in ``Host``: its origin's name."""
    address = context.server.address
    if address is None or context.options.keep_host_header:
        return b""
    return Origin(scheme, address[0], address[1]).authority.encode()
