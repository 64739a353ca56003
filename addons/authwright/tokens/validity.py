"""How long a token is used, and when the next one is obtained ahead of need."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from ..flow.protocols import Grant
from ..flow.token import Token
from ..secret import Secret

_MANDATORY = (0.02, timedelta(seconds=30))
"""The end of a lifetime in which a token is no longer used: it could end on its way."""
_ADVISORY = (0.10, timedelta(minutes=5))
"""The end of a lifetime in which the next token is obtained in the background."""
_CLOCK_STEP = timedelta(seconds=60)
"""A token from further in the future was obtained under another clock: nothing is known about its end."""


class Validity(NamedTuple):
    """When a token may be used. Between *ahead* and *until* it is used while the next one is obtained."""

    since: datetime
    ahead: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """True when the token may be used."""
        return self.since <= now < self.until

    def spread(self, chance: float) -> Validity:
        """The same, with *ahead* a little later, by *chance* from 0 to 1: so that not everybody renews at one moment."""
        return self._replace(ahead=self.ahead + (self.until - self.ahead) / 2 * chance)


def validity(token: Token, ahead: timedelta | None = None) -> Validity | None:
    """The validity of *token*; ``None`` when its end is unknown: then it is used until it is rejected.

    Args:
        token: the token.
        ahead: how long before its end the next one is obtained, but never in the first half of its life; ``None`` for a
            part of its life.
    """
    end, begin = token.expires_at, token.obtained_at
    if end is None:
        return None
    if begin is None:
        return Validity(datetime.min.replace(tzinfo=end.tzinfo), end - _MANDATORY[1], end - _MANDATORY[1])
    lifetime = max(end - begin, timedelta(0))
    advisory = _margin(lifetime, _ADVISORY) if ahead is None else min(ahead, lifetime / 2)
    mandatory = _margin(lifetime, _MANDATORY)
    return Validity(begin - _CLOCK_STEP, end - max(advisory, mandatory), end - mandatory)


def ahead_of(grant: Grant) -> timedelta | None:
    """The grant's ``refresh_ahead``; ``None`` for ``auto``."""
    return None if grant.refresh_ahead == "auto" else grant.refresh_ahead


def is_usable(token: Token, now: datetime) -> bool:
    """True when *token* may be used at *now*; one whose end is its beginning may be used once, by who obtained it."""
    known = validity(token)
    return known is None or known.holds(now)


def is_for_one_use(token: Token) -> bool:
    """True when the server gave it no lifetime at all."""
    return token.expires_at is not None and token.obtained_at is not None and token.expires_at <= token.obtained_at


def same(token: Token | None, access_token: Secret | None) -> bool:
    """True when *access_token* is that of *token*."""
    return token is not None and access_token is not None and token.access_token == access_token


def _margin(lifetime: timedelta, limits: tuple[float, timedelta]) -> timedelta:
    part, most = limits
    return min(lifetime * part, most)
