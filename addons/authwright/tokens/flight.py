"""One way to a token: lock, read again, obtain, save, and only then use it.

The order is what keeps a rotating refresh token from being lost or sent twice, by threads, processes and crashes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from ..errors import AuthwrightError, TransportError
from ..flow import Ambient, Flow, Grant, Token
from ..secret import Secret
from .backoff import Failure
from .store import Label, Record, Store
from .validity import is_for_one_use, is_usable, same, validity

type Run = Callable[[Flow[Token]], Awaitable[Token]]


@dataclass(frozen=True, slots=True)
class Landed:
    """How a flight ended well. ``unsaved`` is the record that could not be saved, and lives in memory alone."""

    token: Token
    unsaved: Record | None = None


@dataclass(frozen=True, slots=True)
class Flight:
    """What one attempt to get a token needs.

    Args:
        store: where tokens rest.
        ambient: time and chance.
        threads: where a lock is waited for, apart from other blocking calls so that these never wait for it.
        warn: told when a token could not be saved.
        grant: how the token is obtained.
        run: drives the grant's flow.
        label: what the token is for.
        rejected: the access token that an origin refused.
        ahead: whether the held token is still good, and one with more life is wanted.
        unsaved: a newer record than the store's, from an earlier flight that could not save it.
        failure: how the last attempt failed, when it did.
        brought: a token that a person has just obtained, to be kept in place of whatever there is.
    """

    store: Store
    ambient: Ambient
    threads: Executor
    warn: Callable[[str], None]
    grant: Grant
    run: Run
    label: Label
    rejected: Secret | None = None
    ahead: bool = False
    unsaved: Record | None = None
    failure: Failure | None = None
    brought: Token | None = None

    async def fly(self) -> Landed | Failure:
        """Get the token; what goes wrong is returned, since it is for everyone who waits."""
        presented: list[Secret | None] = [None]
        try:
            lock = await self._entered()
            try:
                return await self._locked(presented)
            finally:
                lock.__exit__(None, None, None)
        except AuthwrightError as error:
            return self._failed(error, presented[0])
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            wrapped = AuthwrightError(f"Obtaining a token failed inside authwright ({type(error).__name__}).")
            wrapped.__cause__ = error
            return self._failed(wrapped, presented[0])

    async def _entered(self) -> AbstractContextManager[object]:
        lock = self.store.lock(self.grant.key)
        await asyncio.get_running_loop().run_in_executor(self.threads, lock.__enter__)
        return lock

    async def _locked(self, presented: list[Secret | None]) -> Landed | Failure:
        key = self.grant.key
        if self.brought is not None:
            return await self._saved(Record(key, self.label, self.brought, last_used=self.ambient.now()))
        record = self.unsaved or await asyncio.to_thread(self.store.load, key)
        now = self.ambient.now()
        if record is not None and self._will_do(record.token, now):
            if self.unsaved is not None:
                return await self._saved(self.unsaved)
            await self._tidy(self.store.touch, key, now)
            return Landed(record.token)
        presented[0] = record.token.refresh_token if record is not None else None
        if self.failure is not None and self.failure.is_final(presented[0], now):
            return self.failure.looked_at(now)
        token = await self._obtained(record, now)
        if is_for_one_use(token) and token.refresh_token is None:
            return Landed(token)
        return await self._saved(Record(key, self.label, token, last_used=self.ambient.now()))

    def _will_do(self, token: Token, now: datetime) -> bool:
        if not is_usable(token, now) or same(token, self.rejected):
            return False
        known = validity(token)
        return not (self.ahead and known is not None and now >= known.ahead)

    async def _obtained(self, record: Record | None, now: datetime) -> Token:
        """Run the grant. That a refresh token is about to be spent is written down first: if the disk is full, it is not."""
        flow = self.grant.obtain(record.token if record else None, self.ambient)
        if record is None or record.token.refresh_token is None:
            return await self.run(flow)
        await asyncio.to_thread(self.store.save, replace(record, refreshing_since=now))
        try:
            return await self.run(flow)
        except AuthwrightError as error:
            if not (isinstance(error, TransportError) and error.code != "unreachable"):  # else it may have been spent
                await self._tidy(self.store.save, replace(record, refreshing_since=None))
            if record.refreshing_since is not None:
                error.hint = f"An earlier refresh was cut off and may have spent the refresh token. {error.hint}".rstrip()
            raise

    async def _saved(self, record: Record) -> Landed:
        try:
            await asyncio.to_thread(self.store.save, record)
        except AuthwrightError as error:
            self.warn(f"The token of {record.label.credential} could not be saved and is kept in memory only: {error.message}")
            return Landed(record.token, record)
        return Landed(record.token)

    async def _tidy[**P](self, call: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Write what no token depends on."""
        try:
            await asyncio.to_thread(call, *args, **kwargs)
        except AuthwrightError as error:
            self.warn(error.message)

    def _failed(self, error: AuthwrightError, presented: Secret | None) -> Failure:
        before = self.failure.attempts if self.failure is not None else 0
        return Failure(error, self.ambient.now(), before + 1, presented)
