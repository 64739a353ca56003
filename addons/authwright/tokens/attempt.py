"""An attempt to get a token, and how it can end. Values only: they travel between processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ..errors import AuthwrightError, kept
from ..flow.protocols import Grant
from ..flow.token import Token
from ..record.events import Asking
from ..rules.binding import UNBOUND, Binding
from ..rules.hosts import HostPattern
from ..secret import Secret
from ..wire.identity import proof_of
from .backoff import Failure
from .store import Label, Record


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to get a token.

    Args:
        grant: how the token is obtained.
        label: what the token is for.
        rejected: the access token that an origin refused.
        ahead: whether the held token is still good, and one with more life is wanted.
        unsaved: a newer record than the store's, from an earlier attempt that could not save it.
        failure: how the last attempt failed, when it did.
        spent: a refresh token that the token endpoint refused a moment ago, and that is not shown to it again.
        brought: a token that a person has just obtained, to be kept in place of whatever there is.
        needed: the hosts that the token is about to be presented to.
        trust: fingerprints of the certificates that this process trusts beside the system's roots.
    """

    grant: Grant
    label: Label
    rejected: Secret | None = None
    ahead: bool = False
    unsaved: Record | None = None
    failure: Failure | None = None
    spent: Secret | None = None
    brought: Token | None = None
    needed: tuple[HostPattern, ...] = ()
    trust: tuple[str, ...] = ()

    @property
    def binding(self) -> Binding:
        """What a token that is obtained now is bound to."""
        return replace(self.label.binding.with_hosts(self.needed), trust=self.trust)

    def may_use(self, binding: Binding | None) -> bool:
        """True when a token that is bound to *binding* may be presented where it is needed, and refreshed."""
        return binding is not None and binding.trusts(self.trust) and not binding.lacking(self.needed)

    def failed(self, error: AuthwrightError, now: datetime, presented: Secret | None = None) -> Failure:
        """That this attempt ended at *now* with *error*, having *presented* a refresh token or not."""
        before = self.failure.attempts if self.failure is not None else 0
        return Failure(kept(error), now, before + 1, presented, proof=proof_of(self.grant))


@dataclass(frozen=True, slots=True)
class Obtained:
    """How an attempt ended well. ``unsaved`` is the record that could not be saved, and lives in memory alone."""

    token: Token
    unsaved: Record | None = None
    binding: Binding = UNBOUND


@dataclass(frozen=True, slots=True)
class Unbound:
    """The stored token may not go where it is needed, and only a person can obtain another. Elsewhere it goes on serving."""

    binding: Binding


type Outcome = Obtained | Failure | Unbound


class Elsewhere(Protocol):
    """Another process, which runs attempts that must not end with this one."""

    async def run(self, attempt: Attempt, asking: Asking, warn: Callable[[str], None]) -> Outcome | Attempt:
        """How *attempt* ended there; or the attempt that is to be run here instead.

        Args:
            attempt: what to get.
            asking: told of each request that was made.
            warn: told of what is not right and stops nothing.
        """

    async def close(self) -> None:
        """Let the process go."""
