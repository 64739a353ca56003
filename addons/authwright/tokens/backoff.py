"""Answers with the last error after a failure, and delays each next attempt a little longer."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ..errors import AuthwrightError
from ..flow.protocols import Grant
from ..secret import Secret
from ..wire.identity import proof_of

_FIRST: Final = 1.0
_LONGEST: Final = 10.0
_LONGEST_ASKED: Final = 300.0
"""Seconds; a server that asks for more patience (Retry-After) is tried again after so long."""
_NO_FOR_GOOD: Final = frozenset(("grant_invalid", "login_required"))
_DEAD: Final = timedelta(minutes=5)
"""Seconds before a refused password or refresh token is presented again: servers lock accounts."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed.

    Args:
        error: what came of it.
        at: when it ended, or was last looked at again.
        attempts: how many have failed in a row.
        presented: the refresh token that was used, when one was.
        since: when the token endpoint said no, where that was before *at*.
        proof: a digest of all that the grant was configured with (``wire.identity.proof_of``); empty when it is not known.
    """

    error: AuthwrightError
    at: datetime
    attempts: int = 1
    presented: Secret | None = None
    since: datetime | None = None
    proof: str = ""

    def is_of(self, grant: Grant) -> bool:
        """True when *grant* is configured as the one that failed, so that a corrected secret is tried at once."""
        return self.proof in ("", proof_of(grant))

    def remaining(self, now: datetime) -> float:
        """Seconds until the next attempt may begin; 0 when it may, also when the clock was set back."""
        delay = max(min(_FIRST * 2 ** min(self.attempts - 1, 10), _LONGEST), min(self.error.retry_after or 0.0, _LONGEST_ASKED))
        passed = (now - self.at).total_seconds()
        return delay - passed if 0 <= passed < delay else 0.0

    @property
    def says_no_for_good(self) -> bool:
        """True when the same would be answered to the same again."""
        return self.error.code in _NO_FOR_GOOD and not self.error.of_source

    def is_final(self, presented: Secret | None, now: datetime) -> bool:
        """True when the token endpoint need not be asked again: it said no for good, to what would be presented again."""
        passed = now - (self.since or self.at)
        return self.says_no_for_good and presented == self.presented and timedelta(0) <= passed < _DEAD

    def looked_at(self, now: datetime) -> Failure:
        """The same failure after the store was read again in vain."""
        return replace(self, at=now, since=self.since or self.at)

    def raised_again(self, now: datetime) -> AuthwrightError:
        """The error for one more request that fails by it, with when the next attempt is due."""
        error = copy.copy(self.error).with_traceback(None)
        wait = self.remaining(now)
        error.retry_after = wait or error.retry_after
        if wait and error.code not in _NO_FOR_GOOD:
            error.message = f"{error.message} The next attempt is due in {max(1, round(wait))} s."
            error.args = (error.message,)
        return error
