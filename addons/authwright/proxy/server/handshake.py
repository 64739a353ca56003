"""A deadline for a client's TLS handshake, which mitmproxy lets stand for ten minutes.

The first message has a deadline. The rest has another one where the proxy opens the tunnel; a tunnel without a rule stays
sealed, and its handshake is another server's.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import ClassVar

from mitmproxy.connection import Client

from .. import backpressure


class Handshakes:
    """The handshakes that are waited for."""

    deadline: ClassVar[float] = 30.0
    """Seconds for the first message, and for the rest."""

    def __init__(self) -> None:
        self._begun: weakref.WeakSet[Client] = weakref.WeakSet()

    def begin(self, client: Client) -> None:
        """Give *client* a deadline for the next part of its handshake."""
        if client not in self._begun:
            self._begun.add(client)
            asyncio.get_running_loop().call_later(self.deadline, self._look, weakref.ref(client))

    def leave(self, client: Client) -> None:
        """Wait no more: the message has come."""
        self._begun.discard(client)

    def _look(self, reference: weakref.ref[Client]) -> None:
        client = reference()
        if client is not None and client in self._begun and client.tls and not client.tls_established:
            backpressure.hang_up(client, "the TLS handshake timed out")
