"""Binds a redirect URI's port on this machine's loopback addresses only (RFC 8252 section 7.3)."""

from __future__ import annotations

import errno
import socket
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from ..errors import AuthwrightError

_ADDRESSES: Final = {"127.0.0.1": ("127.0.0.1",), "::1": ("::1",), "localhost": ("127.0.0.1", "::1")}
"""A browser may resolve ``localhost`` to either address. A program that held the other one would get the code."""

_NO_SUCH_ADDRESS: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""A machine without IPv6 has no second address for ``localhost`` that another program could hold."""


class Bound(NamedTuple):
    """Bound sockets, and the redirect URI that leads to them."""

    sockets: tuple[socket.socket, ...]
    redirect_uri: str
    authority: str
    path: str


def is_loopback(redirect_uri: str) -> bool:
    """True when the redirect comes to this machine. Otherwise a person must paste it."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "http" and (parts.hostname or "") in _ADDRESSES


def bind(redirect_uri: str) -> Bound:
    """Bind the port of *redirect_uri*, or a free one when it names none.

    Raises:
        AuthwrightError: ``redirect_port``, the port is in use or not permitted.
    """
    parts = urlsplit(redirect_uri)
    host = parts.hostname or ""
    sockets = _bound(_ADDRESSES[host], parts.port or 0)
    port = sockets[0].getsockname()[1]
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    path = parts.path or "/"
    return Bound(sockets, f"http://{authority}{path if parts.path else ''}", authority, path)


def _bound(addresses: tuple[str, ...], port: int) -> tuple[socket.socket, ...]:
    sockets: list[socket.socket] = []
    for address in addresses:
        try:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            sockets.append(socket.create_server((address, port), family=family, backlog=8))
        except OSError as error:
            if sockets and error.errno in _NO_SUCH_ADDRESS:
                continue
            for each in sockets:
                each.close()
            raise _not_to_be_had(port, error) from None
        port = sockets[0].getsockname()[1]
    return tuple(sockets)


def _not_to_be_had(port: int, error: OSError) -> AuthwrightError:
    reason = "is in use by another program" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
    return AuthwrightError(
        f"The port {port} of redirect_uri {reason}.",
        code="redirect_port",
        hint="End what uses it, or leave the port out of redirect_uri if the server allows any",
    )
