"""Looks twice a second for changes by others: of the configuration's files, in a thread, and of the token store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ...errors import AuthwrightError
from .. import refuse
from ..services import Services

EVERY: Final = 0.5
"""Seconds between two looks."""


class Reloading:
    """The task that looks.

    Args:
        services: whose rules and tokens they are.
        notice: told in one sentence when the file changed and cannot be used.
    """

    def __init__(self, services: Services, notice: Callable[[str], None]) -> None:
        self._services = services
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
            with suppress(AuthwrightError):  # a request that needs a token is told
                await self._services.follow()
            try:
                problem = await asyncio.to_thread(self._services.rules.refresh)
            except Exception as error:  # noqa: BLE001 - the old rules stay
                problem = refuse.wrapped(error).message
            if problem:
                self._notice(problem)
