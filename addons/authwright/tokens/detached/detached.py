"""Attempts in a process of their own, which outlives this one.

A server that rotates refresh tokens forgets the old one when it answers. If the process that asked is killed between the
answer and the save, the login is lost; so the process that asks does nothing else, holds the lock until the token is
saved, and ends by itself.

One attempt at a time keeps both ends simple: a caller that needs a second one meanwhile starts a second process. An idle one
stays for a minute, since starting one costs a quarter of a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ...errors import AuthwrightError
from ...record.events import Asking
from ..attempt import Attempt, Outcome
from .child import AttemptReport, CutOff, Refresher, RefresherSetup

_IDLE: Final = 60.0
"""Seconds after which a process that has nothing to do is let go."""


class Detached:
    """Runs attempts in other processes: the idle one, else a new one.

    Args:
        ground: what each of them needs.
    """

    def __init__(self, ground: RefresherSetup) -> None:
        self._ground = ground
        self._threads = ThreadPoolExecutor(thread_name_prefix="refresher")
        self._idle: list[Refresher] = []
        self._letting_go: asyncio.TimerHandle | None = None

    async def run(self, attempt: Attempt, asking: Asking, warn: Callable[[str], None]) -> Outcome | Attempt:
        """How *attempt* ended; or the attempt to run here, where no process can be started.

        A process that was killed within it is followed by one more: the old refresh token is tried once, soon.
        """
        try:
            try:
                report = await self._ran(attempt)
            except CutOff:
                report = await self._ran(attempt)
        except OSError:
            return attempt
        for asked in report.requests:
            asking(asked)
        for warning in report.warnings:
            warn(warning)
        return report.outcome

    async def close(self) -> None:
        """Let every process go."""
        if self._letting_go is not None:
            self._letting_go.cancel()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(self._in_thread(refresher.close) for refresher in idle))
        self._threads.shutdown(wait=False)

    async def _ran(self, attempt: Attempt) -> AttemptReport:
        refresher = self._idle.pop() if self._idle else await self._in_thread(lambda: Refresher(self._ground))
        try:
            report = await self._in_thread(lambda: refresher.run(attempt))
        except AuthwrightError:
            await self._in_thread(refresher.close)
            raise
        self._idle.append(refresher)
        self._let_go_later()
        return report

    async def _in_thread[T](self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _let_go_later(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._letting_go = asyncio.get_running_loop().call_later(_IDLE, self._let_go)

    def _let_go(self) -> None:
        idle, self._idle = self._idle, []
        for refresher in idle:
            self._threads.submit(refresher.close)
