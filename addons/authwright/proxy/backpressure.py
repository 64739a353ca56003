"""Reading from a peer no faster than the proxy can use what it sends.

mitmproxy reads whatever arrives. Both carriers ask here for a pause; the server, which owns the sockets, says with
:func:`use` how a connection is found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from mitmproxy.connection import Client


class ReadingEnd(Protocol):
    """The reading end of one connection."""

    def hold(self) -> None:
        """Read nothing more until :meth:`release`; the kernel then holds the peer back."""

    def release(self) -> None:
        """Read on."""

    def hang_up(self, why: str) -> None:
        """Read nothing more ever, and close the connection."""


type Find = Callable[[Client, Any], ReadingEnd | None]
"""Finds the reading end of a client's connection (``None``) or of one of its connections to origins; ``None`` once it ended."""

_FOUND_BY: Final[list[Find]] = []


def use(find: Find) -> None:
    """Find connections with *find* from now on; the server calls this before it accepts any."""
    _FOUND_BY[:] = [find]


def pause(client: Client, upstream: Any = None) -> None:
    """Read nothing more from *client* for now, or from its connection *upstream*."""
    if reading := _found(client, upstream):
        reading.hold()


def resume(client: Client, upstream: Any = None) -> None:
    """Read on from *client*, or from its connection *upstream*."""
    if reading := _found(client, upstream):
        reading.release()


def hang_up(client: Client, why: str) -> None:
    """Close the connection of *client*; *why* is for mitmproxy's log."""
    if reading := _found(client, None):
        reading.hang_up(why)


def _found(client: Client, upstream: Any) -> ReadingEnd | None:
    for find in _FOUND_BY:
        return find(client, upstream)
    return None
