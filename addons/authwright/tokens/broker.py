"""A valid token, obtained once for everyone who needs it.

All of it runs on one event loop. Rules for an editor: a token is published only after it was saved; a flight belongs to no
request that waits for it; and :meth:`Broker.held` is on the way of every request, so work that can be done when a token arrives
is done then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

from ..errors import AuthwrightError
from ..flow.language import Flow
from ..flow.protocols import Ambient, Grant
from ..flow.token import Token
from ..record.events import Asking, unheard
from ..rules.binding import UNBOUND, Binding
from ..rules.hosts import HostPattern
from ..secret import Secret
from . import reasons
from .amendments import Amendments, TokenChange
from .attempt import Attempt, Elsewhere, Obtained, Outcome, Unbound
from .backoff import Failure
from .flight import Flight, FlightMeans, Run
from .store import Label, Record, Store
from .validity import Validity, ahead_of, is_for_one_use, is_usable, same, validity

_BETWEEN: Final = timedelta(seconds=10)
"""At most one refresh ahead of need, and one replacement of a rejected token by itself, in this time."""
_MOST_KEYS: Final = 1000
_LOCK_THREADS: Final = 16


@dataclass(slots=True)
class _Holding:
    """The state of one key: the token in use, the flight that is on its way to the next, the last failure."""

    token: Token | None = None
    binding: Binding = UNBOUND
    validity: Validity | None = None
    flight: asyncio.Task[Outcome] | None = None
    rejected: Secret | None = None
    """The access token that the flight, or the last one, was to replace."""
    began: datetime | None = None
    failure: Failure | None = None
    unsaved: Record | None = None
    amendments: Amendments | None = None

    def usable(self, now: datetime) -> bool:
        return self.token is not None and (self.validity is None or self.validity.holds(now))

    def due(self, now: datetime) -> bool:
        """True when a flight should begin though the token is good: its end is near, or it is not saved yet."""
        near = self.validity is not None and now >= self.validity.ahead
        if not (near or self.unsaved is not None) or self.flight is not None or self.began_lately(now):
            return False
        return self.failure is None or not self.failure.remaining(now)

    def is_ours_alone(self) -> bool:
        """True when it is on its way to the store, which does not have it yet."""
        return self.flight is not None or self.unsaved is not None or (self.amendments is not None and self.amendments.pending)

    def compare(self, record: Record | None, now: datetime) -> None:
        """Let go of what *record*, which is in the store, says otherwise."""
        stored = None if record is None else record.token
        if self.token is not None and not same(stored, self.token.access_token):
            self.token = self.validity = None
        if self.failure is not None and self.failure.says_no_for_good and stored is not None and is_usable(stored, now):
            self.failure = None

    def began_lately(self, now: datetime) -> bool:
        return self.began is not None and timedelta(0) <= now - self.began < _BETWEEN


class Broker:
    """Holds tokens in memory, and gets the next one when it is needed.

    Args:
        store: where tokens rest.
        ambient: time and chance.
        warn: told of what is not right and stops nothing, in one sentence.
        elsewhere: the process that spends refresh tokens; this one does when there is none.
        trust: fingerprints of the certificates that are trusted beside the system's roots (``outbound.ca_bundle``).
    """

    def __init__(
        self,
        store: Store,
        ambient: Ambient,
        warn: Callable[[str], None] = lambda _: None,
        elsewhere: Elsewhere | None = None,
        trust: tuple[str, ...] = (),
    ) -> None:
        self._store = store
        self._ambient = ambient
        self._warn = warn
        self._elsewhere = elsewhere
        self.trust = trust
        self._holdings: dict[str, _Holding] = {}
        self._threads = ThreadPoolExecutor(_LOCK_THREADS, thread_name_prefix="token-lock")
        self._version: int | None = None
        self._closed = False

    def held(self, grant: Grant, rejected: Token | None = None, host: str = "") -> Token | None:
        """The token in memory, at once.

        ``None`` when there is none, it has ended, is *rejected* or not bound to *host*, which it is to be presented to; and once in a while near its end, so that
        :meth:`obtain`, which then gives it at once, gets the next one in the background.
        """
        holding = self._holdings.get(grant.key)
        if holding is None or (token := holding.token) is None:
            return None
        if rejected is not None and token.access_token == rejected.access_token:
            return None
        if host and not holding.binding.allows(host):
            return None
        known = holding.validity
        if known is None and holding.unsaved is None:
            return token
        now = self._ambient.now()
        if known is not None and not known.since <= now < known.until:
            return None
        return None if holding.due(now) else token

    async def obtain(
        self,
        grant: Grant,
        run: Run,
        *,
        label: Label,
        rejected: Token | None = None,
        asking: Asking = unheard,
        needed: tuple[HostPattern, ...] = (),
    ) -> Token:
        """A valid token: the one in memory, else one from the store, else one that the grant obtains.

        Args:
            grant: how it is obtained.
            run: drives the grant's flow; called at most once, however many wait.
            label: what the token is for.
            rejected: a token that an origin server refused. It is replaced once; later requests with it get its successor.
            asking: told of each request that another process made for it.
            needed: the hosts that the token is about to be presented to; one that is not bound to them stays where it is.

        Raises:
            InteractionRequired: a person must sign in, also where a token is held that is not bound to the hosts.
            AuthwrightError: no token can be had; until the next attempt is due, the same error again.
        """
        refused = rejected.access_token if rejected is not None else None
        holding = self._holding(grant.key)
        attempt = Attempt(grant, label, rejected=refused, needed=needed, trust=self.trust)
        while True:
            now = self._ambient.now()
            if self._suffices(holding, refused, now) and not holding.binding.lacking(needed):
                assert holding.token is not None
                if holding.due(now):
                    self._begin(holding, self._flight(replace(attempt, rejected=None, ahead=True), run, asking), now)
                return holding.token
            ours = holding.flight is None
            if ours:
                self._check_patience(holding, grant, now)
                self._begin(holding, self._flight(attempt, run, asking), now)
            decisive = refused is None or holding.rejected == refused
            arrived = await self._arrival(holding, needed)
            if arrived is None or not (ours or not arrived.binding.lacking(needed)):
                continue
            if decisive or not same(arrived.token, refused):
                return arrived.token

    async def keep(self, grant: Grant, token: Token, *, label: Label) -> Token:
        """Keep a token that a person has just obtained, in place of whatever is held; saved before it is used.

        Raises:
            AuthwrightError: the token store is busy, or the proxy is shutting down.
        """
        holding = self._holding(grant.key)
        while holding.flight is not None:
            await asyncio.wait((holding.flight,))
        attempt = Attempt(grant, label, brought=token, trust=self.trust)
        self._begin(holding, self._flight(attempt, _brought), self._ambient.now())
        arrived = await self._arrival(holding, ())
        assert arrived is not None
        return arrived.token

    def amend(self, grant: Grant, change: TokenChange) -> None:
        """Replace the token in memory by what *change* makes of it, now, and the one in the store a little later."""
        holding = self._holdings.get(grant.key)
        if holding is None or holding.token is None or self._closed or (changed := change(holding.token)) is holding.token:
            return
        holding.token = changed
        if holding.amendments is None:
            holding.amendments = Amendments(self._store, grant.key, self._threads, self._warn)
        holding.amendments.add(change)

    async def follow(self) -> None:
        """Let go of what other processes have changed in the store, so that the next request reads it there.

        A token that was forgotten or replaced is used no longer, and a sign-in that requests were refused for is seen.

        Raises:
            AuthwrightError: the store cannot be read.
        """
        if not self._holdings or (version := await asyncio.to_thread(self._store.version)) == self._version:
            return
        self._version = version
        for key, holding in tuple(self._holdings.items()):
            if holding.is_ours_alone():
                continue
            token, record = holding.token, await asyncio.to_thread(self._store.load, key)
            if holding.token is token and not holding.is_ours_alone():
                holding.compare(record, self._ambient.now())

    async def cut_off(self) -> list[Record]:
        """The records whose refresh was begun and never came to an end; none where the store cannot be read."""
        try:
            records = await asyncio.to_thread(self._store.records)
        except AuthwrightError:
            return []  # the request that needs a token is told
        return [record for record in records if record.refreshing_since is not None]

    async def forget(self, key: str) -> bool:
        """Forget a token, in memory and in the store; whether the store had one."""
        if (holding := self._holdings.get(key)) is not None and holding.flight is not None:
            await asyncio.wait((holding.flight,))
        self._holdings.pop(key, None)
        return await asyncio.to_thread(self._store.delete, key)

    async def close(self) -> None:
        """Finish the flights that are on their way, save what could not be saved before, and begin nothing more."""
        self._closed = True
        flights = [holding.flight for holding in self._holdings.values() if holding.flight is not None]
        if flights:
            await asyncio.wait(flights)
        for holding in self._holdings.values():
            if holding.unsaved is not None:
                await self._save_late(holding.unsaved)
            if holding.amendments is not None:
                await holding.amendments.saved()
        if self._elsewhere is not None:
            await self._elsewhere.close()
        self._threads.shutdown(wait=False)

    def _flight(self, attempt: Attempt, run: Run, asking: Asking = unheard) -> Flight:
        return Flight(FlightMeans(self._store, self._ambient, self._threads, self._warn, self._elsewhere), attempt, run, asking)

    def _holding(self, key: str) -> _Holding:
        if (holding := self._holdings.get(key)) is None:
            if len(self._holdings) >= _MOST_KEYS:
                self._drop_oldest()
            holding = self._holdings[key] = _Holding()
        return holding

    def _drop_oldest(self) -> None:
        idle = (key for key, holding in self._holdings.items() if holding.flight is None and holding.unsaved is None)
        if (key := next(idle, None)) is not None:
            del self._holdings[key]

    def _suffices(self, holding: _Holding, refused: Secret | None, now: datetime) -> bool:
        """True when the token in memory answers. A refused one does only when the server has just given the same again."""
        if not holding.usable(now):
            return False
        if not same(holding.token, refused):
            return True
        return holding.flight is None and holding.failure is None and holding.rejected == refused and holding.began_lately(now)

    def _begin(self, holding: _Holding, flight: Flight, now: datetime) -> None:
        if self._closed:
            raise AuthwrightError("The proxy is shutting down and begins no token request.", code="shutting_down")
        attempt = replace(flight.attempt, unsaved=holding.unsaved, failure=holding.failure)
        holding.rejected, holding.began = attempt.rejected, now
        holding.flight = asyncio.create_task(replace(flight, attempt=attempt).run(), name=f"token {attempt.label.credential}")
        holding.flight.add_done_callback(lambda task: self._finished(holding, attempt, task))

    def _finished(self, holding: _Holding, attempt: Attempt, task: asyncio.Task[Outcome]) -> None:
        holding.flight = None
        if task.cancelled():
            return
        outcome = task.result()
        if isinstance(outcome, Unbound):
            return
        if isinstance(outcome, Failure):
            holding.failure = outcome
            if attempt.ahead:
                self._warn(f"The token of {attempt.label.credential} could not be refreshed ahead: {outcome.error.message}")
            return
        one_use = is_for_one_use(outcome.token)
        holding.failure, holding.unsaved, holding.binding = None, outcome.unsaved, outcome.binding
        holding.token, holding.validity = (
            (None, None) if one_use else (outcome.token, self._validity(attempt.grant, outcome.token))
        )

    def _validity(self, grant: Grant, token: Token) -> Validity | None:
        known = validity(token, ahead_of(grant))
        return known and known.spread(crc32(self._ambient.nonce().encode()) / 2**32)

    def _check_patience(self, holding: _Holding, grant: Grant, now: datetime) -> None:
        """Raise the last failure again until the next attempt is due, unless *grant* was corrected since."""
        failure = holding.failure
        if failure is not None and failure.remaining(now) and failure.is_of(grant):
            raise failure.raised_again(now)

    async def _arrival(self, holding: _Holding, needed: tuple[HostPattern, ...]) -> Obtained | None:
        """What the flight brings; ``None`` when it ended without a token for other hosts than *needed*.

        Raises:
            AuthwrightError: it brings nothing.
        """
        assert holding.flight is not None
        outcome = await asyncio.shield(holding.flight)
        match outcome:
            case Failure():
                raise outcome.raised_again(outcome.at)
            case Unbound(binding) if binding.lacking(needed):
                raise reasons.other_hosts(binding, needed)
            case Unbound():
                return None
        return outcome

    async def _save_late(self, record: Record) -> None:
        try:
            await asyncio.to_thread(self._store.save, record)
        except AuthwrightError as error:
            self._warn(f"The token of {record.label.credential} is lost when the proxy ends: {error.message}")


async def _brought(_: Flow[Token]) -> Token:
    raise AssertionError("a token that was brought needs no flow")
