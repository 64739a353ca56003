"""The access keys in use: read once for many requests, renewed before they end, never on the event loop."""

from __future__ import annotations

import asyncio
import copy
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..errors import AuthwrightError, TransportError, kept
from ..flow.protocols import Ambient
from ..wire.aws.access_keys import AccessKeys
from .chain import Chain
from .profiles import Fingerprint, Profiles

_AHEAD: Final = timedelta(minutes=15)
"""So long before their end keys are renewed while they are still used; botocore renews them no earlier."""
_LAST: Final = timedelta(seconds=30)
"""So long before their end they are not used any more: the way to the server takes time."""
_PAUSE: Final = timedelta(seconds=30)
"""Between two attempts to renew keys that are still good."""
_AFTER_FAILURE: Final = timedelta(seconds=5)
"""Between two attempts to get keys where there are none; in between requests fail at once."""
_LOOK: Final = timedelta(seconds=1)
"""Between two looks at the files."""
DEADLINE: Final = 20.0
"""Seconds that a request waits for its keys."""


@dataclass(slots=True)
class _Held:
    """One profile's keys, and how the last attempt to get them went."""

    keys: AccessKeys | None = None
    tried_at: datetime | None = None
    error: AuthwrightError | None = None
    attempt: asyncio.Task[None] | None = None


class KeyRing:
    """Everyone's access keys, by profile.

    Args:
        ambient: time and chance.
        profiles: the environment and the files.
        chain: every other source.
        deadline: seconds that a request waits.
    """

    def __init__(
        self, ambient: Ambient, profiles: Profiles | None = None, chain: Chain | None = None, *, deadline: float = DEADLINE
    ) -> None:
        self._ambient = ambient
        self._profiles = profiles or Profiles(os.environ)
        self._chain = chain or Chain()
        self._deadline = deadline
        self._held: dict[str, _Held] = {}
        self._fingerprint: Fingerprint | None = None
        self._looked_at: datetime | None = None

    def held(self, profile: str) -> AccessKeys | None:
        """The keys of *profile* where they are at hand, and good. Where they end soon, others are sent for meanwhile."""
        now = self._ambient.now()
        self._look(now)
        held = self._held.get(profile)
        if held is None or held.keys is None or not _usable(held.keys, now):
            return None
        if _ends_soon(held.keys, now) and held.attempt is None and _passed(held.tried_at, now, _PAUSE):
            self._begin(profile, held)
        return held.keys

    def at_hand(self, profile: str) -> AccessKeys | None:
        """The keys that the environment or a file says for *profile*, read now. Nothing is asked and nothing is kept."""
        return self._profiles.at_hand(profile)

    def need(self, profile: str) -> str:
        """The words by which ``explain`` names the missing keys of *profile*."""
        return f"access keys: those of AWS profile {profile}" if profile else "access keys of AWS"

    async def obtain(self, profile: str) -> AccessKeys:
        """The keys of *profile*; callers that ask while they are fetched share one answer.

        Raises:
            AuthwrightError: there are none, or not in time.
        """
        self._look(self._ambient.now())
        held = self._held.setdefault(profile, _Held())
        if held.attempt is None and held.error is not None and not _passed(held.tried_at, self._ambient.now(), _AFTER_FAILURE):
            raise _again(held.error)
        attempt = held.attempt or self._begin(profile, held)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(attempt), self._deadline)
        if not attempt.done():
            raise TransportError(f"The AWS access keys did not come within {self._deadline:g} seconds.", code="timeout")
        if held.keys is not None and _usable(held.keys, self._ambient.now()):
            return held.keys
        raise _again(held.error or AuthwrightError("The AWS access keys that came have ended already.", code="access_keys"))

    def _look(self, now: datetime) -> None:
        """Forget everything when one of the files has changed."""
        if not _passed(self._looked_at, now, _LOOK):
            return
        self._looked_at = now
        fingerprint = self._profiles.fingerprint()
        if self._fingerprint is not None and fingerprint != self._fingerprint:
            self._held.clear()
            self._chain.forget()
        self._fingerprint = fingerprint

    def _begin(self, profile: str, held: _Held) -> asyncio.Task[None]:
        held.attempt = asyncio.get_running_loop().create_task(self._attempt(profile, held))
        return held.attempt

    async def _attempt(self, profile: str, held: _Held) -> None:
        try:
            held.keys = await in_thread(lambda: self._profiles.at_hand(profile) or self._chain.load(profile))
            held.error = None
        except AuthwrightError as error:
            held.error = kept(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            held.error = AuthwrightError(f"Getting the AWS access keys failed inside authwright ({type(error).__name__}).")
        finally:
            held.tried_at, held.attempt = self._ambient.now(), None


async def in_thread[T](call: Callable[[], T]) -> T:
    """The result of *call*, made in a thread that nothing waits for at the end: a process that asks for keys may hang."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if not done.done():
            done.set_exception(error) if error else done.set_result(result)  # type: ignore[arg-type]  # one of the two is there

    def run() -> None:
        result, failed = None, None
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
            failed = error
        with suppress(RuntimeError):  # the loop is closed, and no caller waits
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=run, name="access-keys", daemon=True).start()
    return await done


def _again(error: AuthwrightError) -> AuthwrightError:
    """*error* for one more request."""
    return copy.copy(error).with_traceback(None)


def _usable(keys: AccessKeys, now: datetime) -> bool:
    return keys.expires_at is None or now < keys.expires_at - _LAST


def _ends_soon(keys: AccessKeys, now: datetime) -> bool:
    return keys.expires_at is not None and now >= keys.expires_at - _AHEAD


def _passed(since: datetime | None, now: datetime, pause: timedelta) -> bool:
    """True when *pause* is over, also when the clock was set back."""
    return since is None or not timedelta(0) <= now - since < pause
