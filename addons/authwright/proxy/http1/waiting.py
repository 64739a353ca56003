"""Waiting for what an exchange waits for: a hook, so that only this client's connection does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mitmproxy.proxy import commands

from ...engine.exchange import Exchange, Step


@dataclass(eq=False)
class Waiting:
    """An exchange that waits, and what came of it."""

    exchange: Exchange
    step: Step = None
    error: BaseException | None = None

    async def end(self) -> None:
        """Wait."""
        try:
            self.step = await self.exchange.wait()
        except BaseException as error:
            self.error = error
            if isinstance(error, asyncio.CancelledError | KeyboardInterrupt | SystemExit):
                raise


@dataclass
class AuthwrightWaitHook(commands.StartHook):
    """An exchange waits: an addon awaits ``data.end()``."""

    data: Waiting
