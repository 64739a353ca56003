"""Changes that an origin makes to what is held, such as a cookie that it replaces: saved in the background, in order.

They are made to what the store has by then, under its lock, so that processes that learn at the same time lose nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

from ..errors import AuthwrightError
from ..flow.token import Token
from .store import Store

type TokenChange = Callable[[Token], Token]


class Amendments:
    """The changes of one key on their way to the store.

    Args:
        store: where tokens rest.
        key: whose token changes.
        threads: where a lock is waited for.
        warn: told when a change could not be saved.
    """

    def __init__(self, store: Store, key: str, threads: Executor, warn: Callable[[str], None]) -> None:
        self._store = store
        self._key = key
        self._threads = threads
        self._warn = warn
        self._waiting: list[TokenChange] = []
        self._saving: asyncio.Task[None] | None = None

    def add(self, change: TokenChange) -> None:
        """Save *change* too; what comes while another is saved is saved together."""
        self._waiting.append(change)
        if self._saving is None:
            self._saving = asyncio.create_task(self._save(), name="token amendments")

    @property
    def pending(self) -> bool:
        """True when a change is on its way."""
        return self._saving is not None

    async def saved(self) -> None:
        """Wait until nothing is on its way."""
        if self._saving is not None:
            await asyncio.wait((self._saving,))

    async def _save(self) -> None:
        try:
            while self._waiting:
                changes, self._waiting = self._waiting, []
                await asyncio.get_running_loop().run_in_executor(self._threads, self._apply, changes)
        except AuthwrightError as error:
            self._warn(f"What a server changed is kept in memory only: {error.message}")
        finally:
            self._saving = None

    def _apply(self, changes: list[TokenChange]) -> None:
        with self._store.lock(self._key):
            record = self._store.load(self._key)
            if record is None:
                return
            token = record.token
            for change in changes:
                token = change(token)
            self._store.save(replace(record, token=token))
