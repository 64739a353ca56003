"""A deadline for a client's TLS handshake: mitmproxy lets one that never ends stand for ten minutes.

Its first message has one, and when that is whole and the tunnel is opened here, so has the rest: between the two it may
turn out that the handshake is another server's.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import ClassVar

from mitmproxy.connection import Client

from .. import backpressure


class Handshakes:
    """Those that are waited for."""

    deadline: ClassVar[float] = 30.0
    """Seconds for the first message, and for the rest."""

    def __init__(self) -> None:
        self._begun: weakref.WeakSet[Client] = weakref.WeakSet()

    def begin(self, client: Client) -> None:
        """Wait for what *client* sends next."""
        if client not in self._begun:
            self._begun.add(client)
            asyncio.get_running_loop().call_later(self.deadline, self._look, weakref.ref(client))

    def leave(self, client: Client) -> None:
        """Wait no more: the message has come."""
        self._begun.discard(client)

    def _look(self, known: weakref.ref[Client]) -> None:
        client = known()
        if client is not None and client in self._begun and client.tls and not client.tls_established:
            backpressure.hang_up(client, "the TLS handshake timed out")
