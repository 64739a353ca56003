"""The server at the loopback redirect URI (RFC 8252 section 7.3). It accepts one response, once, and shows the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ..flow.commands import Authorize
from . import page, redirect
from .http1 import LARGEST_HEAD, exchange
from .loopback import Bound
from .page import Page
from .redirect import Accepted, Came, Expected, RedirectParameters, Refused, Relay, ReturnedWithout

_FOR_THE_OUTCOME: Final = 30.0
"""Seconds that the browser waits for the token request: twice that request's limit."""
_FOR_THE_PAGE: Final = 3.0
"""Seconds in which the browser must fetch the last page before the port closes."""
_MOST_AT_ONCE: Final = 32
"""Connections at a time; one that has not sent a request gives way to a newer one."""
_MOST_TOLD: Final = 3


class RedirectListener:
    """Listens at bound sockets until it is closed.

    Args:
        bound: the sockets, and the redirect URI that leads to them.
        tell: shows the person why a response was refused, a few times at most.
    """

    def __init__(self, bound: Bound, tell: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        self.redirect_uri = bound.redirect_uri
        self._bound = bound
        self._tell = tell
        self._told = 0
        self._expected: Expected | None = None
        self._answer: asyncio.Future[RedirectParameters] = loop.create_future()
        self._outcome: asyncio.Future[Page] = loop.create_future()
        self._shown = asyncio.Event()
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._silent: dict[asyncio.Task[None], None] = {}
        """Those whose request has not come whole, the oldest first."""

    async def open(self) -> None:
        """Begin to listen. Every request is refused until :meth:`expect` names the redirect."""
        for each in self._bound.sockets:
            self._servers.append(await asyncio.start_server(self._connected, sock=each, limit=LARGEST_HEAD))

    def expect(self, asked: Authorize) -> None:
        """From now on accept the redirect that answers *asked*, and no other."""
        self._expected = Expected(frozenset((self._bound.authority,)), self._bound.path, asked.state, asked.response_mode)

    async def answer(self) -> RedirectParameters:
        """The parameters of the accepted redirect."""
        return await asyncio.shield(self._answer)

    async def close(self, outcome: Page) -> None:
        """Show *outcome* to the waiting browser, and stop listening."""
        self._outcome.set_result(outcome)
        if self._answer.done():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._shown.wait(), _FOR_THE_PAGE)
        self._answer.cancel()
        for server in self._servers:
            server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a server runs each connection in a task of its own"
        if not self._has_room():
            writer.close()
            return
        self._connections.add(task)
        self._silent[task] = None
        try:
            await exchange(reader, writer, self._asked)
        finally:
            self._connections.discard(task)
            self._silent.pop(task, None)

    def _has_room(self) -> bool:
        """True when one more connection is taken, if need be in place of the oldest one that has not sent a request."""
        if len(self._connections) < _MOST_AT_ONCE:
            return True
        oldest = next(iter(self._silent), None)
        if oldest is None:
            return False
        self._connections.discard(oldest)
        del self._silent[oldest]
        oldest.cancel()
        return True

    async def _asked(self, came: Came) -> Page:
        """The page for a request that came whole; its connection gives way to no other."""
        task = asyncio.current_task()
        assert task is not None, "a server runs each connection in a task of its own"
        self._silent.pop(task, None)
        return await self._page(came)

    async def _page(self, came: Came) -> Page:
        if self._expected is None:
            return page.refused(404, "Nobody is signing in yet.")
        match redirect.judge(self._expected, came):
            case Accepted(parameters) if not self._answer.done():
                self._answer.set_result(parameters)
                return page.done() if came.method == "POST" else page.see_other(self._bound.path)
            case Accepted():
                return page.refused(410, "This sign-in has had its answer already.")
            case Refused(status, sentence):
                self._report(status, sentence)
                return page.refused(status, sentence)
            case Relay() if not self._answer.done():
                return page.relay()
            case ReturnedWithout() if not self._answer.done():
                return page.refused(404, "There is no answer of a sign-in in this address.")
            case _:
                return await self._last_page()

    async def _last_page(self) -> Page:
        outcome = await asyncio.wait_for(asyncio.shield(self._outcome), _FOR_THE_OUTCOME)
        asyncio.get_running_loop().call_soon(self._shown.set)
        return outcome

    def _report(self, status: int, sentence: str) -> None:
        if status == 400 and self._told < _MOST_TOLD:
            self._told += 1
            self._tell(f"A redirect was refused. {sentence}")
