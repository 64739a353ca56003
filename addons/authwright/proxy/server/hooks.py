"""The connection hooks that mitmproxy calls: tunnels, SOCKS passwords, TLS, and the choice of who carries a connection.

A tunnel that cannot be admitted is answered with a refusal. The requests themselves are another addon's (``stock.flows``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from mitmproxy import ctx, exceptions, http
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.layers.modes import Socks5AuthData
from mitmproxy.proxy.mode_specs import ReverseMode
from mitmproxy.tls import ClientHelloData, TlsData

from ...errors import RequestError, kept
from ...octets import bytes_of
from ...outbound import loopback_names
from .. import backpressure, password, refuse
from ..http1.waiting import Waiting
from ..intake import Intake
from ..services import Services
from ..stock import convert
from ..stock.flows import Flows, let_go
from . import reading, tls
from .choose import Chooser
from .handshake import Handshakes
from .listening import is_loopback
from .reloading import Reloading
from .upstream_trust import UpstreamTrust

log = logging.getLogger("authwright")


class AuthInjector:
    """The addon of connections; :attr:`flows` is that of requests, and must be added with it.

    Args:
        services: rules, settings and engine.
        notice: told in one sentence what a person should know (a broken reload).
        lean: whether this is our own master: then bodies are never kept, and every address it listens on is ours.
        own_layer: whether HTTP/1.1 is served by our own layer, which shows no flows to other addons.
        trust: what is believed of origins beside the system's roots.
    """

    name = "authwright"

    def __init__(
        self,
        services: Services,
        *,
        notice: Callable[[str], None] = log.warning,
        lean: bool = True,
        own_layer: bool = False,
        trust: UpstreamTrust | None = None,
    ) -> None:
        self.services = services
        self.intake = Intake(services)
        self.intake.listening = reading.listen_addresses
        if not lean:
            self.intake.exposed = self._is_exposed
        self.flows = Flows(self.intake, lean=lean)
        self.notice = notice
        self.inspect_all = services.settings.inspect_all
        self._chooser = Chooser(self.intake) if own_layer else None
        self._handshakes = Handshakes()
        self._trust = trust or UpstreamTrust()
        self._reloading = Reloading(services, notice)
        backpressure.use(reading.find)

    def _is_exposed(self) -> bool:
        """True when other machines reach a port of a mitmproxy that is not ours, and clients need no password."""
        return self.services.settings.password is None and not all(is_loopback(host) for host, _ in reading.listen_addresses())

    # -- the connection

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """A client asks for a tunnel."""
        state = self.flows.state_of(flow)
        try:
            if state.claims is None:
                raise RequestError("The CONNECT request cannot be read.", code="malformed_head")
            host, port = self.intake.admit_tunnel(state.claims, flow.client_conn)
            flow.request.data.host = host
            flow.request.data.port = port
            convert.strip_hop_by_hop(flow.request)
        except BaseException as error:  # noqa: BLE001 - nothing may go on after a failure
            state.refusal = kept(refuse.wrapped(error))
            flow.response = convert.refusal(flow.request, state.refusal)
            self.flows.finish(flow)
            let_go(error)

    def socks5_auth(self, data: Socks5AuthData) -> None:
        """A SOCKS client gives its password."""
        expected = self.services.settings.password
        data.valid = expected is None or password.matches(expected, bytes_of(data.password))
        if data.valid:
            self.intake.authenticated.add(data.client_conn)

    def tls_clienthello(self, data: ClientHelloData) -> None:
        """Leave the TLS of hosts without a rule alone."""
        self._handshakes.leave(data.context.client)
        address = data.context.server.address
        if self.inspect_all or address is None or isinstance(data.context.client.proxy_mode, ReverseMode):
            return
        try:
            data.ignore_connection = not self.intake.names(address)
            self.intake.tunnelled(*address[:2], data.context.client, sealed=data.ignore_connection)
        except Exception:  # opened rather than sealed: then each request is looked at
            log.exception("a tunnel could not be planned")

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Inside a tunnel to a host with rules everything but TLS is HTTP: a raw stream could hold a request."""
        context = nextlayer.context
        if nextlayer.data_client().startswith(b"\x16"):
            self._handshakes.begin(context.client)
        if self._chooser is not None and self._chooser.choose(nextlayer):
            return
        address, chosen = context.server.address, nextlayer.layer
        if (
            address is None
            or not context.layers
            or context.client.transport_protocol != "tcp"
            or (chosen and type(chosen) is not layers.TCPLayer)
        ):
            return
        if isinstance(context.client.proxy_mode, ReverseMode) or ctx.options.ignore_hosts or ctx.options.allow_hosts:
            return
        try:
            named = self.intake.names(address)
        except Exception:  # noqa: BLE001 - read as HTTP, it is guarded
            named = True
        data = nextlayer.data_client()
        if not named or not data or data.startswith(b"\x16"):
            return
        if chosen:
            context.layers.remove(chosen)
        nextlayer.layer = layers.HttpLayer(context, layers.http.HTTPMode.transparent)

    def tls_start_client(self, data: TlsData) -> None:
        """Speak HTTP/1.1 with the clients of a host whose connections are authenticated."""
        self._handshakes.begin(data.context.client)
        address = data.context.server.address
        if address is not None and self.intake.binds(address):
            tls.speak_http1(data)

    def tls_start_server(self, data: TlsData) -> None:
        """Believe ``upstream_ca`` for a host that rules name, and present the rule's client certificate."""
        try:
            self._trust.extend(data, self.services.rules.current)
            tls.present(data)
        except BaseException as error:
            data.ssl_conn = None  # without one mitmproxy fails the connection; no other addon may make one now
            self.notice(refuse.wrapped(error).message)
            let_go(error)
            raise exceptions.AddonHalt from error

    async def authwright_wait(self, data: Waiting) -> None:
        """Our own layer waits for an exchange."""
        await data.end()

    # -- the addon's life

    def running(self) -> None:
        """Watch the configuration from now on, and connect to this machine's own names here."""
        loopback_names.pin()
        self._reloading.start()

    def retire(self) -> None:
        """Serve no further request: connections are handed over, each at its next one."""
        self.intake.retired = True
        self.done()

    def done(self) -> None:
        """Stop watching."""
        self._reloading.stop()
