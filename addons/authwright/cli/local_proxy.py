"""A proxy on a free port of loopback, in this process: for ``exec`` and ``demo``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from ..engine.signin import OpenAgent
from ..proxy.server.master import serve
from ..record.recorder import Recorder
from .assembled import assemble
from .configuration import LoadedConfiguration
from .output import notice

GRACE: Final = 2.0
"""Seconds for what is in flight when a child has ended: it waits for nothing any more."""


@asynccontextmanager
async def proxy(
    configuration: LoadedConfiguration,
    *,
    recorder: Recorder,
    open_agent: OpenAgent | None = None,
) -> AsyncIterator[tuple[str, int]]:
    """A proxy on a free port of loopback, for as long as this lasts; gives its address.

    Args:
        configuration: the configuration; its address and mode do not count here.
        recorder: is told of every exchange.
        open_agent: what brings a user to an authorization server while requests wait; ``None`` where no user may be asked.

    Raises:
        AuthwrightError: it cannot start.
    """
    settings = replace(configuration.settings, listen="127.0.0.1:0", mode="regular")
    assembly = assemble(replace(configuration, settings=settings), recorder=recorder, open_agent=open_agent)
    ready: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    running = asyncio.create_task(
        serve(
            assembly,
            assembly.settings,
            on_ready=lambda addresses: ready.set_result(addresses[0]),
            notice=notice,
            stop=stop,
            grace=GRACE,
        )
    )
    try:
        either: set[asyncio.Future[Any]] = {running, ready}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        yield ready.result()
    finally:
        stop.set()
        await running
