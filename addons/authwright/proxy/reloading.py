"""Looks at the configuration's files twice a second, in a thread, so that no request waits for a parser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from . import refuse
from .house import Rules

EVERY: Final = 0.5
"""Seconds between two looks."""


class Reloading:
    """The task that looks.

    Args:
        rules: what is looked at.
        notice: told in one sentence when the file changed and cannot be used.
    """

    def __init__(self, rules: Rules, notice: Callable[[str], None]) -> None:
        self._rules = rules
        self._notice = notice
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look from now on."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._look())

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                problem = await asyncio.to_thread(self._rules.refresh)
            except Exception as error:  # noqa: BLE001 - the old rules stay
                problem = refuse.wrapped(error).message
            if problem:
                self._notice(problem)
