"""A proxy in this process: for ``exec`` and ``demo`` on a free port, for ``run`` where the settings say."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TextIO

from ..ambient import SystemAmbient
from ..assembly import build
from ..config.problems import visible
from ..config.reload import Watch
from ..engine.signin import OpenAgent
from ..proxy.server.master import serve
from ..record.queued import Queued
from ..record.recorder import Level, Listener, Recorder, TraceListener
from ..record.trace import Trace
from ..secret import Secret
from .log import lines
from .terminal import coloured, painter
from .verb import Everywhere

GRACE: Final = 2.0
"""Seconds for what is in flight when a child has ended: it waits for nothing any more."""


@asynccontextmanager
async def proxy(
    watch: Watch,
    *,
    home: Path,
    recorder: Recorder,
    password: Secret | None = None,
    open_agent: OpenAgent | None = None,
    **settings: Any,
) -> AsyncIterator[tuple[str, int]]:
    """A proxy on a free port of loopback, for as long as this lasts; gives its address.

    Args:
        watch: the watched configuration.
        home: the folder of all state.
        recorder: is told of every exchange.
        password: what clients must give.
        open_agent: what brings a person to an authorization server while requests wait; ``None`` where nobody may be asked.
        settings: settings to use instead of the file's.

    Raises:
        AuthwrightError: it cannot start.
    """
    own = {"listen": "127.0.0.1:0", "mode": "regular", "password": password, **settings}
    settled = replace(watch.current.settings, **own)
    house = build(watch, settled, home=home, warn=notice, open_agent=open_agent, recorder=recorder)
    ready: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    running = asyncio.create_task(
        serve(
            house,
            house.settings,
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


def logging_to_stderr(common: Everywhere, level: Level) -> Listener:
    """Prints a line on stderr for each request, or with :attr:`Level.NOTHING` only for those that failed."""
    paint = painter(coloured(common, sys.stderr))
    clock = SystemAmbient()

    def tell(trace: Trace) -> None:
        for line in lines(trace, clock.now(), changes=common.verbose > 0 or bool(trace.error), paint=paint):
            write(sys.stderr, line)

    return Queued(TraceListener(tell, level, tell_lost))


def tell_lost(count: int) -> None:
    """Tell that *count* requests are missing in the log."""
    notice(f"{count} request{'s' * (count != 1)} could not be logged: the output is not read fast enough.")


def write(where: TextIO, line: str) -> None:
    """Print *line* at once and whole: several threads do."""
    where.write(f"{line}\n")
    where.flush()


def notice(sentence: str) -> None:
    """Tell a person something, on stderr."""
    write(sys.stderr, f"authwright: {visible(sentence)}")


def log_to_stderr() -> None:
    """Let what the proxy logs look like everything else that is said; never with a traceback."""
    logger = logging.getLogger("authwright")
    logger.propagate = False
    logger.handlers = [_Sentences()]


class _Sentences(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        notice(record.getMessage())
