"""One way to a token: lock, read again, obtain, save, and only then use it.

The order is what keeps a rotating refresh token from being lost or sent twice, by threads, processes and crashes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..errors import AuthwrightError, InteractionRequired, RemoteError, TransportError
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..record.events import Asking, unheard
from ..rules.binding import Binding
from ..secret import Secret
from ..wire.identity import parameters_of
from . import reasons
from .attempt import Attempt, Elsewhere, Obtained, Outcome, Unbound
from .backoff import Failure
from .store import Record, Store
from .validity import ahead_of, is_for_one_use, is_usable, same, validity

type Run = Callable[[Flow[Token]], Awaitable[Token]]


@dataclass(frozen=True, slots=True)
class FlightMeans:
    """The parts that all flights share.

    Args:
        store: where tokens rest.
        ambient: time and chance.
        threads: where a lock is waited for, apart from other blocking calls so that these never wait for it.
        warn: told when a token could not be saved.
        elsewhere: the process that spends refresh tokens; this one does when there is none.
    """

    store: Store
    ambient: Ambient
    threads: Executor
    warn: Callable[[str], None]
    elsewhere: Elsewhere | None = None


@dataclass(slots=True)
class _Seen:
    """The refresh token that is about to be spent, and how the last attempt failed, for the report."""

    refresh_token: Secret | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Flight:
    """One attempt.

    Args:
        means: what every flight needs.
        attempt: what this one is about.
        drive: drives the grant's flow.
        asking: told of each request that was made elsewhere; *drive* tells of its own.
    """

    means: FlightMeans
    attempt: Attempt
    drive: Run
    asking: Asking = unheard
    _seen: _Seen = field(default_factory=_Seen)

    async def run(self) -> Outcome:
        """Get the token; what goes wrong is returned, since it is for everyone who waits."""
        try:
            async with self._locked():
                outcome = await self._settled()
            return outcome if outcome is not None else await self._elsewhere()
        except AuthwrightError as error:
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            wrapped = AuthwrightError(f"Obtaining a token failed inside authwright ({type(error).__name__}).")
            wrapped.__cause__ = error
            return self._failed(wrapped)

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        lock = self.means.store.lock(self.attempt.grant.key)
        await asyncio.get_running_loop().run_in_executor(self.means.threads, lock.__enter__)
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    async def _elsewhere(self) -> Outcome:
        elsewhere = self.means.elsewhere
        assert elsewhere is not None
        outcome = await elsewhere.run(self.attempt, self.asking, self.means.warn)
        if not isinstance(outcome, Attempt):
            return outcome
        return await replace(self, means=replace(self.means, elsewhere=None), attempt=outcome).run()

    async def _settled(self) -> Outcome | None:
        """How it ended, as every process will know it; ``None`` as :meth:`_landed` says."""
        store, key = self.means.store, self.attempt.grant.key
        try:
            return await self._finished()
        except (RemoteError, TransportError, InteractionRequired) as error:
            failure = self._failed(error)
            asked = self._seen.refresh_token is not None or not isinstance(error, InteractionRequired)
            if asked and not error.of_source:
                await self._tidy(store.fail, key, failure)
            return failure

    async def _last_failure(self) -> Failure | None:
        """The failure of this process or of another one, whichever is newer."""
        ours = self.attempt.failure
        theirs = await asyncio.to_thread(self.means.store.failure, self.attempt.grant.key)
        newer = theirs if theirs is not None and (ours is None or theirs.at > ours.at) else ours
        return newer if newer is not None and newer.is_of(self.attempt.grant) else None

    async def _finished(self) -> Outcome | None:
        """How it ended; ``None`` when a refresh token must be spent and that is done elsewhere."""
        attempt, store, now = self.attempt, self.means.store, self.means.ambient.now()
        if attempt.brought is not None:
            return await self._saved(self._record(attempt.brought, attempt.binding))
        stored = attempt.unsaved or await asyncio.to_thread(store.load, attempt.grant.key)
        bound = stored is not None and attempt.may_use(stored.binding)
        if stored is not None and bound and self._will_do(stored.token, now):
            if attempt.unsaved is not None:
                return await self._saved(attempt.unsaved)
            await self._tidy(store.touch, attempt.grant.key, now)
            return Obtained(stored.token, binding=stored.binding or attempt.binding)
        if attempt.grant.interactive and not bound:
            unbound = await self._unbound(stored)
            if unbound is not None:
                return unbound
        record = stored if bound or self._continues(stored) else None
        spends = self._spends(record)
        self._seen.refresh_token = spends
        failure = self._seen.failure = await self._last_failure()
        if failure is not None and failure.is_final(spends, now):
            return failure.looked_at(now)
        if failure is not None and failure is not attempt.failure and failure.remaining(now):
            return failure
        if spends is not None and self.means.elsewhere is not None:
            return None
        token = await self._obtained(record, now)
        binding = self._binding(record, refreshed=bound and spends is not None)
        if is_for_one_use(token) and token.refresh_token is None:
            return Obtained(token, binding=binding)
        return await self._saved(self._record(token, binding))

    def _continues(self, stored: Record | None) -> bool:
        """Whether the grant goes on from a token that is not bound to the hosts where it is needed.

        One that is configured with its first refresh token may spend the successors: no other configuration finds them. And
        cookies say themselves which hosts they are for.
        """
        grant, binding = self.attempt.grant, stored.binding if stored is not None else None
        return grant.refresh_token is not None or (
            grant.accumulates and binding is not None and binding.trusts(self.attempt.trust)
        )

    def _binding(self, record: Record | None, *, refreshed: bool) -> Binding:
        """What the new token is bound to; a *refreshed* one to the same as before."""
        before, now = record.binding if record is not None else None, self.attempt.binding
        if before is None:
            return now
        if self.attempt.grant.accumulates:
            return now.with_hosts(before.hosts)
        return before if refreshed else now

    def _record(self, token: Token, binding: Binding) -> Record:
        attempt, now = self.attempt, self.means.ambient.now()
        parameters = parameters_of(attempt.grant)
        return Record(attempt.grant.key, attempt.label, token, now, binding=binding, parameters=parameters)

    async def _unbound(self, stored: Record | None) -> Unbound | None:
        """That a stored token may not go where it is needed; ``None`` when nobody has signed in.

        Raises:
            InteractionRequired: the token serves nowhere any more, or belongs to other settings of the credential.
        """
        attempt = self.attempt
        if stored is None:
            records = await asyncio.to_thread(self.means.store.records)
            error = reasons.changed(records, attempt.label, parameters_of(attempt.grant))
            if error is None:
                return None
            raise error
        if stored.binding is None:
            raise reasons.earlier_version()
        if not stored.binding.trusts(attempt.trust):
            raise reasons.other_trust()
        return Unbound(stored.binding)

    def _will_do(self, token: Token, now: datetime) -> bool:
        if not is_usable(token, now) or same(token, self.attempt.rejected):
            return False
        known = validity(token, ahead_of(self.attempt.grant))
        return not (self.attempt.ahead and known is not None and now >= known.ahead)

    def _spends(self, record: Record | None) -> Secret | None:
        """The refresh token that will be spent: the stored one, else the one that the grant begins with."""
        stored = record.token.refresh_token if record is not None else None
        token = stored or self.attempt.grant.refresh_token
        return token if self.attempt.grant.refresh and token != self.attempt.spent else None

    async def _obtained(self, record: Record | None, now: datetime) -> Token:
        """Run the grant. That a refresh token is about to be spent is written down first: if the disk is full, it is not."""
        store, attempt = self.means.store, self.attempt
        previous, spends = record.token if record is not None else None, self._spends(record)
        if previous is not None and spends is None:
            previous = replace(previous, refresh_token=None)
        flow = attempt.grant.obtain(previous, self.means.ambient)
        if spends is None:
            return await self.drive(flow)
        begun = record or self._record(Token(Secret(""), now, now, spends), attempt.binding)
        await asyncio.to_thread(store.save, replace(begun, refreshing_since=now))
        try:
            return await self.drive(flow)
        except AuthwrightError as error:
            if not is_unknown(error):
                await self._record_failure(record)
            if record is not None and record.refreshing_since is not None:
                error.hint = f"An earlier refresh was cut off and may have spent the refresh token. {error.hint}".rstrip()
            raise

    async def _record_failure(self, record: Record | None) -> None:
        """Write down that the refresh came to an end without a token; *record* is what there was before."""
        if record is None:
            await self._tidy(self.means.store.delete, self.attempt.grant.key)
        else:
            await self._tidy(self.means.store.save, replace(record, refreshing_since=None))

    async def _saved(self, record: Record) -> Obtained:
        try:
            await asyncio.to_thread(self.means.store.save, record)
        except AuthwrightError as error:
            self.means.warn(
                f"The token of {record.label.credential} could not be saved and is kept in memory only: {error.message}"
            )
            return Obtained(record.token, record, record.binding or self.attempt.binding)
        if self._seen.failure is not None or self.attempt.brought is not None:
            await self._tidy(self.means.store.fail, record.key, None)
        return Obtained(record.token, binding=record.binding or self.attempt.binding)

    async def _tidy[**P](self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Write what no token depends on."""
        try:
            await asyncio.to_thread(call, *args, **kwargs)
        except AuthwrightError as error:
            self.means.warn(error.message)

    def _failed(self, error: AuthwrightError) -> Failure:
        return self.attempt.failed(error, self.means.ambient.now(), self._seen.refresh_token)


def is_unknown(error: AuthwrightError) -> bool:
    """True when the token endpoint may have acted on a request that ended with *error*: then a refresh token may be spent."""
    return isinstance(error, TransportError) and error.code != "unreachable"
