"""Hands finished exchanges to listeners.

A listener says how much it wants to know, so that the proxy builds no event in vain. A failing listener never harms a
request, and neither does another listener. A listener that takes its time stands behind a ``queued.Queued``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from .events import Asked, Event
from .trace import Trace

log = logging.getLogger("authwright")


class Level(IntEnum):
    """How much is to be known of exchanges that go well; failures and refusals are always told whole."""

    NOTHING = 0
    """Nothing: the proxy may authorise a request without making a single event."""
    OUTCOMES = 1
    """The events, without headers and bodies of our own requests."""
    EXCHANGES = 2
    """All messages whole, without the bodies that stream past."""
    BODIES = 3
    """The bodies that stream past, too: of each its first bytes, its length and its digest."""


class Listener(Protocol):
    """Is told of exchanges that are over."""

    @property
    def level(self) -> Level:
        """The level that it wants of exchanges that go well."""

    @property
    def everything(self) -> bool:
        """True when it also wants what has no credential: requests of no rule, tunnels, sign-ins, requests of our own."""

    def heard(self, events: Sequence[Event]) -> None:
        """Take one exchange. Returns at once; what it raises is logged by its class alone."""

    def lost(self, count: int) -> None:
        """Hear that *count* exchanges could not be told."""

    def close(self) -> None:
        """Finish what was heard; nothing follows. May block."""


class Recorder:
    """Tells listeners what happened.

    Args:
        listeners: who is told.
    """

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners
        self._told = {
            (failed, aside): tuple(each for each in listeners if _wants(each, failed=failed, aside=aside))
            for failed in (False, True)
            for aside in (False, True)
        }
        self.level: Final = max((each.level for each in listeners), default=Level.NOTHING)
        self.everything: Final = any(each.everything for each in listeners)

    def wants(self, *, failed: bool = False, aside: bool = False) -> bool:
        """True when :meth:`tell` would reach a listener."""
        return bool(self._told[failed, aside])

    def tell(self, events: Sequence[Event], *, failed: bool = False, aside: bool = False) -> None:
        """Tell what happened.

        Args:
            events: the whole exchange.
            failed: whether it failed or was refused.
            aside: whether no credential was put on a request here.
        """
        for each in self._told[failed, aside]:
            try:
                each.heard(events)
            except Exception as error:  # noqa: BLE001 - the request is over
                report(error)

    def fitting(self, asked: Asked) -> Asked:
        """*asked*, without headers and bodies where no listener wants them."""
        return asked if self.level >= Level.EXCHANGES else asked.outlined()

    def close(self) -> None:
        """Let every listener finish. May block for as long as they do."""
        for each in self._listeners:
            try:
                each.close()
            except Exception as error:  # noqa: BLE001 - the others are closed all the same
                report(error)


UNHEARD: Final = Recorder()
"""The recorder without listeners."""


@dataclass(frozen=True, slots=True)
class TraceListener:
    """A listener to whom a trace is enough.

    Args:
        tell: is given the trace of each exchange.
        level: what it wants to know of exchanges that go well.
        tell_lost: is told how many exchanges were lost.
    """

    tell: Callable[[Trace], None]
    level: Level = Level.OUTCOMES
    tell_lost: Callable[[int], None] = lambda _: None
    everything: bool = False

    def heard(self, events: Sequence[Event]) -> None:
        """See :class:`Listener`."""
        self.tell(Trace.of(events))

    def lost(self, count: int) -> None:
        """See :class:`Listener`."""
        self.tell_lost(count)

    def close(self) -> None:
        """See :class:`Listener`: it keeps nothing back."""


def report(error: Exception) -> None:
    """Log that a listener failed; its error may hold values, so only its class is named."""
    log.error("an exchange could not be reported: %s", type(error).__name__)


def _wants(listener: Listener, *, failed: bool, aside: bool) -> bool:
    return (listener.everything or not aside or failed) and (failed or listener.level > Level.NOTHING)
