"""Waiting for what a request waits for: a hook, so that only this client's connection waits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mitmproxy.proxy import commands

from ...engine.authorised import Authorised, Move


@dataclass(eq=False)
class Waiting:
    """A request that waits, and what came of it."""

    authorised: Authorised
    move: Move = None
    error: BaseException | None = None

    async def end(self) -> None:
        """Wait."""
        try:
            self.move = await self.authorised.wait()
        except BaseException as error:
            self.error = error
            if isinstance(error, asyncio.CancelledError | KeyboardInterrupt | SystemExit):
                raise


@dataclass
class AuthwrightWaitHook(commands.StartHook):
    """A request waits. An addon awaits ``data.end()``."""

    data: Waiting
