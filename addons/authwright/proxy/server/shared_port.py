"""One port that several processes accept on: a listening socket for each, among which the kernel spreads connections.

That is ``SO_REUSEPORT`` of socket(7). The sockets are opened before the processes are, so a connection that waits for a
process that just died is taken by the one that gets the same socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mitmproxy.proxy.mode_servers import AsyncioServerInstance
from mitmproxy.proxy.mode_specs import ProxyMode

from ...errors import AuthwrightError
from ...origin import without_userinfo
from ...rules.settings import Settings
from .listening import cannot_listen, check_listen

_BACKLOG: Final = 1024
"""How many connections may wait in each socket."""


@dataclass(frozen=True, slots=True)
class SharedPort:
    """The places to listen on, each with its port decided.

    Args:
        places: address family and socket address of each.
    """

    places: tuple[tuple[int, tuple[Any, ...]], ...]

    def opened(self) -> list[socket.socket]:
        """Sockets for one more process, listening.

        Raises:
            OSError: a place cannot be had.
        """
        with contextlib.ExitStack() as unless_all:
            sockets = [unless_all.enter_context(_bound(family, address, shared=True)) for family, address in self.places]
            for each in sockets:
                each.listen(_BACKLOG)
            unless_all.pop_all()
        return sockets


def shared_port(settings: Settings) -> SharedPort:
    """The places of *settings* to listen on, with a port chosen where they say 0.

    Raises:
        AuthwrightError: it cannot listen there, or its mode has no port that could be shared.
    """
    host, port = check_listen(settings)
    mode = ProxyMode.parse(settings.mode)
    if mode.transport_protocol != "tcp":
        raise AuthwrightError(
            f"Several workers cannot serve the mode {without_userinfo(settings.mode)!r}: it does not listen on a TCP port.",
            code="mode",
            hint="Leave --workers out.",
        )
    host = mode.listen_host(host)
    try:
        found = socket.getaddrinfo(host, mode.listen_port(port) or 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return SharedPort(_decided([(family, address) for family, _, _, _, address in found]))
    except OSError as error:
        raise cannot_listen(error) from error


def accept_on(sockets: Sequence[socket.socket]) -> None:
    """Make mitmproxy's server accept on *sockets* instead of opening its own."""

    async def listen(self: Any, _host: str, _port: int) -> list[asyncio.Server]:
        return [await asyncio.start_server(self.handle_stream, sock=each, backlog=_BACKLOG) for each in sockets]

    AsyncioServerInstance.listen = listen  # type: ignore[assignment]  # put in its place, by name


def _decided(places: list[tuple[int, tuple[Any, ...]]]) -> tuple[tuple[int, tuple[Any, ...]], ...]:
    """*places*, each free and with a port; one port for all of them."""
    decided: list[tuple[int, tuple[Any, ...]]] = []
    port = 0
    for family, (host, asked, *rest) in places:
        # unshared, since another process's shared port would let us in and then take half of our connections
        with _bound(family, (host, asked or port, *rest), shared=False) as probe:
            probe.listen()
            port = probe.getsockname()[1]
        decided.append((family, (host, port, *rest)))
    return tuple(decided)


def _bound(family: int, address: tuple[Any, ...], *, shared: bool) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock
