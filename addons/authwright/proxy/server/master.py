"""Runs the proxy: mitmproxy's server with the few addons it needs, on loopback unless clients give a password."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from mitmproxy import options
from mitmproxy.addons.core import Core
from mitmproxy.addons.next_layer import NextLayer
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.master import Master
from mitmproxy.utils import asyncio_utils

from ...outbound import ca_bundle
from ...secret import Secret
from ..http1 import selfcheck
from ..services import Services
from ..stock import stream
from . import ca, connecting
from .dispatch import Dispatch
from .hooks import AuthInjector
from .listening import cannot_listen, check_listen
from .logs import TaskErrors, quiet_mitmproxy
from .upstream_trust import UpstreamTrust

if TYPE_CHECKING:
    from ...rules.settings import Settings

log = logging.getLogger("authwright")

GRACE: Final = 10.0
"""Seconds that requests in flight have to finish when the proxy is told to stop."""
_OF_FLOWS: Final = ("requestheaders", "request", "responseheaders", "response", "error")
type ListenAddresses = Sequence[tuple[str, int]]


class LeanMaster(Master):
    """mitmproxy's master without its user interfaces.

    Args:
        opts: mitmproxy's options.
        injector: our addon.
        extra: further addons, called before ours (a test's name resolver).
    """

    def __init__(self, opts: options.Options, injector: AuthInjector, extra: Sequence[object] = ()) -> None:
        super().__init__(opts)
        self._legacy_log_events.uninstall()
        self.addons = Dispatch(self)
        self.injector = injector
        self.proxyserver = Proxyserver()
        opts.add_option("proxyauth", str, "", "Whether SOCKS clients give a password.")
        # next_layer takes the first decision, so ours stands before mitmproxy's; TLS contexts are amended, so after it.
        self.addons.add(Core(), self.proxyserver, *extra, TlsConfig(), injector, injector.flows, NextLayer())

    async def listen(self) -> ListenAddresses:
        """Open the ports.

        Raises:
            AuthwrightError: one of them cannot be had.
        """
        await self.proxyserver.setup_servers()
        for server in self.proxyserver.servers:
            if server.last_exception is not None:
                raise cannot_listen(server.last_exception)
        return [address[:2] for address in self.proxyserver.listen_addrs()]

    async def drain(self, grace: float) -> None:
        """Accept nothing more, let requests in flight finish for *grace* seconds, then close every connection."""
        self.injector.intake.closing = True
        for server in self.proxyserver.servers:
            server._servers, closing = [], server._servers  # type: ignore[attr-defined]  # noqa: SLF001 - `stop` forgets the address too early
            for each in closing:
                each.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self.injector.intake.busy:  # noqa: ASYNC110 - mitmproxy tells of no end
                    await asyncio.sleep(0.02)
        await asyncio.sleep(0)
        handlers = list(self.proxyserver.connections.values())
        for handler in handlers:
            for io in list(handler.transports.values()):
                if io.handler is not None:
                    io.handler.cancel("shutting down")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while self.proxyserver.connections:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.01)


async def serve(
    services: Services,
    settings: Settings,
    *,
    on_ready: Callable[[ListenAddresses], Awaitable[None] | None] = lambda _: None,
    notice: Callable[[str], None] = log.warning,
    stop: asyncio.Event | None = None,
    grace: float = GRACE,
    extra: Sequence[object] = (),
) -> None:
    """Run the proxy until *stop* is set, or SIGTERM or SIGINT comes, and the services are closed.

    Args:
        services: everything the proxy is made of.
        settings: how it listens.
        on_ready: told once where it listens.
        notice: told in one sentence what a person should know.
        stop: ends it; when it is not given, signals do.
        grace: seconds that requests in flight have to finish.
        extra: further mitmproxy addons.

    Raises:
        AuthwrightError: it cannot start.
    """
    quiet_mitmproxy()
    ending = stop or _on_signals()
    if gone := stream.install():
        notice(f"This mitmproxy is not as expected ({', '.join(gone)}): challenges are passed on unanswered.")
    connecting.install()
    own_layer = _serves_itself(settings, extra, notice)
    injector = AuthInjector(services, notice=notice, own_layer=own_layer, trust=_trust(services, settings))
    master = LeanMaster(_options(services, settings), injector, extra)
    try:
        with asyncio_utils.install_exception_handler(TaskErrors()), asyncio_utils.set_eager_task_factory():
            addresses = await master.listen()
            await master.running()
            ready = on_ready(addresses)
            if ready is not None:
                await ready
            await services.resume()
            await ending.wait()
            await services.engine.sign_ins.close()
            await master.drain(grace)
    finally:
        await master.done()
        await services.close()


def _serves_itself(settings: Settings, extra: Sequence[object], notice: Callable[[str], None]) -> bool:
    """True when our own layer serves HTTP/1.1: not where settings say otherwise, nor where an addon looks at mitmproxy's flows."""
    if settings.engine == "stock" or any(hasattr(addon, hook) for addon in extra for hook in _OF_FLOWS):
        return False
    if gone := selfcheck.missing():
        notice(f"This mitmproxy is not as expected ({', '.join(gone)}): its own HTTP layer serves, and more slowly.")
    return not gone


def run(services: Services, settings: Settings, **told: Any) -> None:
    """:func:`serve`, in an event loop of its own."""
    asyncio.run(serve(services, settings, **told))


def _trust(services: Services, settings: Settings) -> UpstreamTrust:
    if not settings.upstream_ca:
        return UpstreamTrust()
    return UpstreamTrust(ca_bundle.write(services.home / "upstream-ca.pem", ca_bundle.upstream_pem(str(settings.upstream_ca))))


def _options(services: Services, settings: Settings) -> options.Options:
    host, port = check_listen(settings)
    bundle = ca_bundle.write(services.home / "system-ca.pem", ca_bundle.upstream_pem())
    opts = options.Options(
        confdir=str(ca.prepare(services.home)),
        mode=[settings.mode],
        listen_host=host,
        listen_port=port,
        ssl_verify_upstream_trusted_ca=str(bundle),
    )
    opts.set("connection_strategy=lazy", f"proxyauth={'required' if isinstance(settings.password, Secret) else ''}", defer=True)
    return opts


def _on_signals() -> asyncio.Event:
    ending, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(each, ending.set)
    return ending
