"""``localhost`` and the names below it lead to this machine's loopback addresses, whatever a resolver says (RFC 6761 section 6.3).

A credential may go to these names in the clear, since the bytes stay on this machine. The system's resolver may send
``api.localhost`` elsewhere: to a name server, and so to any host that answers there. So the proxy does not ask it about them.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

from ..origin import is_loopback_name

_ADDRESSES: Final = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


class _Pinned:
    """An event loop's ``getaddrinfo`` that answers for these names by itself."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ask = loop.getaddrinfo

    async def __call__(self, host: str | bytes | None, port: Any, **how: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name is None or not is_loopback_name(name.lower().removesuffix(".")):
            return await self._ask(host, port, **how)
        family = how.pop("family", 0)
        found: list[Any] = []
        for each, address in _ADDRESSES:
            if family in (0, each):
                found += await self._ask(address, port, family=each, **how)
        return found


def pin(loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Let every connection that *loop*, by default the running one, opens by such a name go to a loopback address."""
    loop = loop or asyncio.get_running_loop()
    if not isinstance(loop.getaddrinfo, _Pinned):
        loop.getaddrinfo = _Pinned(loop)  # type: ignore[method-assign]  # of this one loop
