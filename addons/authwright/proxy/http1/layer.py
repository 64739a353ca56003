"""The layer: it gives a client connection's events to a script that serves one request after the other.

The script yields commands, and ``None`` where it waits for the next event. It is never entered twice, since mitmproxy's
server gives one event at a time, and what arrives only fills buffers. No command pauses this layer: a command that is
answered later has ``blocking`` set to something other than ``True``, and its answer comes as an event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from mitmproxy.connection import Client
from mitmproxy.net.server_spec import ServerSpec
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.mode_specs import ReverseMode, UpstreamMode

from ...engine.admission import beginning
from ...engine.authorised import Authorised, Move
from ...errors import AuthwrightError
from ...message import Headers, Request
from ...origin import DEFAULT_PORTS, Origin
from ...record.recorder import Level
from .. import backpressure, refuse
from ..intake import Intake
from . import answer
from .admission import Admission
from .client import ClientBuffer, ClientGone, Commands, Script
from .head import RequestHead
from .pool import Upstreams
from .ready_cache import ReadyCache
from .request import serve
from .upload import Upload
from .upstream import through
from .waiting import AuthwrightWaitHook, Waiting

log = logging.getLogger("authwright")

HEAD_DEADLINE: Final = 30.0
"""Seconds from the first bytes of a head to its last."""


class Http1(layer.Layer):
    """One client's connection that speaks HTTP/1.1.

    Args:
        context: the context of the client's connection.
        intake: what is done with every request.
        ready: what earlier requests have made ready.
        scheme: of the one origin that is asked for here (inside a tunnel, behind SOCKS, in reverse mode); empty for a
            forward proxy, of which each request names its own.
    """

    def __init__(self, context: Context, intake: Intake, ready: ReadyCache, scheme: str = "") -> None:
        super().__init__(context)
        self.intake = intake
        listened = intake.recorder.level > Level.NOTHING
        self.moment: Callable[[], datetime | None] = intake.services.engine.ambient.now if listened else _unasked
        """Gives the time; ``None`` where no listener wants to know when a request that goes well came and was answered."""
        self.upload: Callable[[RequestHead, ClientBuffer, Client], Upload] = self._heard_upload if intake.hears_bodies else Upload
        """Makes the upload of a request."""
        self.ready = ready
        self.scheme = scheme
        mode = context.client.proxy_mode
        reverse = isinstance(mode, ReverseMode)
        self.host = _reverse_host(context, scheme) if reverse else b""
        """The value of ``Host`` that leaves; empty for the client's own."""
        self.via: ServerSpec | None = (mode.scheme, mode.address) if isinstance(mode, UpstreamMode) else None
        self.client = ClientBuffer(lambda: backpressure.pause(context.client), lambda: backpressure.resume(context.client))
        self.child: layer.Layer | None = None
        self._script = self._serve()
        self._deadlines: set[commands.Command] = set()
        self._completed: object = None
        self.upstreams = Upstreams(context, self.client, scheme, self.via)
        self.admission = Admission(context, intake, scheme, reverse=reverse)

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

    def _take(self, event: events.Event) -> Iterable[commands.Command]:
        if isinstance(event, events.ConnectionEvent):
            if event.connection is self.context.client:
                if isinstance(event, events.DataReceived):
                    self.client.take(event.data)
                else:
                    self.client.gone = True
            else:
                return self.upstreams.take(event)
        elif isinstance(event, events.CommandCompleted):
            given = self.upstreams.take_reply(event)
            if given is not None:
                return given
            self._completed = event.command
            self._deadlines.discard(event.command)
        return ()

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
            try:
                persists = yield from serve(self, head)
            except ClientGone:
                break
        if self.child is None:
            yield from self._close()

    def _next_head(self) -> Script[RequestHead | None]:
        """The head of the next request; ``None`` when this layer will serve none."""
        deadline: commands.Command | None = None
        while True:
            if self.intake.retired and self.client.buffer.pending:
                yield from self._hand_over()
                return None
            if (head := self.client.head()) is not None:
                return head
            if self.client.gone or (deadline is not None and self._completed is deadline):
                return None
            if self.client.buffer.pending and deadline is None:
                deadline = commands.RequestWakeup(HEAD_DEADLINE)
                self._deadlines.add(deadline)
                yield deadline
            yield None

    def _tunnel(self, head: RequestHead) -> Script[bool]:
        """Answer CONNECT, and let mitmproxy look at what comes inside."""
        if self.client.gone:
            return False
        try:
            address = self.admission.admit_tunnel(head)
        except BaseException as error:  # noqa: BLE001 - nothing may go on after a failure
            yield from self._refuse_tunnel(head, refuse.wrapped(error))
            return not head.fields.close
        self.context.server.address, self.context.server.via = address, self.via
        yield commands.SendData(self.context.client, answer.TUNNEL)
        yield from self._leave_to(self._within_tunnel(), self.client.read().lstrip(b"\r\n"))
        return False

    def _hand_over(self) -> Commands:
        """Let the server choose the carrier anew, from the next request on."""
        if not self.client.gone:
            self.context.layers.remove(self)  # the chooser must see the connection as it was before
            yield from self._leave_to(layer.NextLayer(self.context), self.client.read())

    def _leave_to(self, child: layer.Layer, rest: bytes) -> Commands:
        """Leave the connection to *child*; *rest* is what the client has sent of it already."""
        yield from self.upstreams.drop_all()
        self.client.unread(b"")
        self.child = child
        yield from child.handle_event(events.Start())
        if rest:
            yield from child.handle_event(events.DataReceived(self.context.client, rest))

    def _within_tunnel(self) -> layer.Layer:
        """The layer that chooses what serves the tunnel; connections from there go through the proxy behind this one too."""
        if self.via is None:
            return layer.NextLayer(self.context)
        stack = through(self.context, connect=True)
        stack /= layer.NextLayer(self.context)
        return stack[0]

    def _is_left_over(self, event: events.Event) -> bool:
        """True when *event* answers what this layer asked for before it left the connection to its child."""
        if isinstance(event, events.ConnectionEvent):
            return self.upstreams.knows(event.connection)
        return isinstance(event, events.CommandCompleted) and event.command in self._deadlines

    def _close(self) -> Commands:
        yield from self.upstreams.drop_all()
        yield commands.CloseConnection(self.context.client)

    def _refuse_unread(self, error: AuthwrightError) -> Script[None]:
        yield commands.SendData(self.context.client, answer.refusal(error, close=True))
        where = Origin(self.scheme or "http", "-", DEFAULT_PORTS[self.scheme or "http"])
        self._report_refusal(Request("-", where, "/"), error)

    def _refuse_tunnel(self, head: RequestHead, error: AuthwrightError) -> Script[None]:
        yield commands.SendData(self.context.client, answer.refusal(error, close=head.fields.close))
        self._report_refusal(Request("CONNECT", self.admission.claimed(head), "", Headers()), error)

    def _heard_upload(self, head: RequestHead, client: ClientBuffer, connection: Client) -> Upload:
        """An upload whose exchange's bodies a listener wants."""
        upload = Upload(head, client, connection)
        upload.let_hear(self.intake.bodies())
        return upload

    def _report_refusal(self, request: Request, error: AuthwrightError) -> None:
        services, client = self.intake.services, self.context.client
        environment, at = services.rules.current.environment, services.engine.ambient.now()
        self.intake.finish(lambda: beginning(request, environment, None, at), error, client)

    # -- what a request asks for

    def wait_for(self, authorised: Authorised) -> Script[Move]:
        """Wait until *authorised* goes on; meanwhile nothing is read from the client, nor from the origin that answered.

        Raises:
            AuthwrightError: it failed.
            ClientGone: the client left meanwhile.
        """
        waiting = Waiting(authorised)
        hook = AuthwrightWaitHook(waiting)
        hook.blocking = self  # type: ignore[assignment]  # mitmproxy pauses this layer for True alone
        self.client.hold()
        self.upstreams.hold()
        yield hook
        while self._completed is not hook:
            yield from self.client.wait()
        self.client.release()
        self.upstreams.release()
        if waiting.error is not None:
            raise refuse.wrapped(waiting.error) from waiting.error
        return waiting.move


def _reverse_host(context: Context, scheme: str) -> bytes:
    """The value of ``Host`` that a reverse proxy sends: its origin's name."""
    address = context.server.address
    if address is None or context.options.keep_host_header:
        return b""
    return Origin(scheme, address[0], address[1]).authority.encode()


def _unasked() -> None:
    return None
