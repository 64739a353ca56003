"""A proxy on a free port of loopback, in this process: for ``exec`` and ``demo``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from ..ambient import SystemAmbient
from ..engine.signin import OpenAgent
from ..proxy.intake import Report
from ..proxy.server.master import serve
from ..record.trace import Trace
from .assembled import assemble
from .colour import coloured, painter
from .configuration import LoadedConfiguration
from .log import lines
from .output import notice
from .verb import Everywhere

GRACE: Final = 2.0
"""Seconds for what is in flight when a child has ended: it waits for nothing any more."""


@asynccontextmanager
async def proxy(
    configuration: LoadedConfiguration,
    *,
    report: Callable[[Trace], None],
    open_agent: OpenAgent | None = None,
) -> AsyncIterator[tuple[str, int]]:
    """A proxy on a free port of loopback, for as long as this lasts; gives its address.

    Args:
        configuration: the configuration; its address and mode do not count here.
        report: told of every finished exchange.
        open_agent: what brings a user to an authorization server while requests wait; ``None`` where no user may be asked.

    Raises:
        AuthwrightError: it cannot start.
    """
    settings = replace(configuration.settings, listen="127.0.0.1:0", mode="regular")
    assembly = assemble(replace(configuration, settings=settings), open_agent)
    ready: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    running = asyncio.create_task(
        serve(
            assembly,
            assembly.settings,
            report=report,
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


def reporter(common: Everywhere) -> Report:
    """What prints a line on stderr for each request; with ``-q`` only for those that failed."""
    paint = painter(coloured(common, sys.stderr))
    clock = SystemAmbient()

    def tell(trace: Trace) -> None:
        for line in lines(trace, clock.now(), changes=common.verbose > 0 or bool(trace.error), paint=paint):
            print(line, file=sys.stderr, flush=True)

    return Report(tell, only_errors=common.quiet)
