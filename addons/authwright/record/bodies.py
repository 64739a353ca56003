"""The bodies that stream past a carrier, for a listener that wants them.

A carrier shows each piece of content as it passes. What is kept of a body is its first bytes, its length and its digest, so
that a long one costs no more memory than a short one. A carrier makes these only where a listener's level is ``BODIES``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from .events import BodyPassed, BodyRead, Event, Side

FIRST_BYTES: Final = 64 << 10
"""Bytes of a body that are kept, at most."""


class PassingBody:
    """One body on its way.

    Args:
        side: whose body it is.
        now: gives the time.
        most: bytes of it that are kept, at most.
    """

    __slots__ = ("_digest", "_ended", "_first", "_length", "_most", "_now", "side")

    def __init__(self, side: Side, now: Callable[[], datetime], most: int = FIRST_BYTES) -> None:
        self.side: Final = side
        self._now = now
        self._most = most
        self._first = bytearray()
        self._length = 0
        self._digest = sha256()
        self._ended: datetime | None = None

    def take(self, content: bytes) -> None:
        """Take in the next piece of its content."""
        self._first += content[: self._most - len(self._first)]
        self._length += len(content)
        self._digest.update(content)

    def end(self) -> None:
        """Note that the body is whole."""
        self._ended = self._now()

    def event(self) -> BodyPassed:
        """What is told of it; a body that has not come to its end is torn."""
        whole = self._ended is not None
        at = self._ended or self._now()
        return BodyPassed(self.side, bytes(self._first), self._length, self._digest.hexdigest(), whole, at)


class PassingBodies:
    """The bodies of one exchange: the request's, and that of each response.

    Args:
        now: gives the time.
    """

    __slots__ = ("_bodies", "_now")

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._bodies: list[PassingBody] = []

    def begin(self, side: Side) -> PassingBody:
        """A body that is about to pass."""
        body = PassingBody(side, self._now)
        self._bodies.append(body)
        return body

    def among(self, events: Sequence[Event]) -> list[Event]:
        """The *events* of the exchange with those of its bodies among them.

        The body of the request is left out where :class:`~authwright.record.events.BodyRead` has the whole of it.
        """
        read = any(isinstance(event, BodyRead) for event in events)
        return merged(events, [body.event() for body in self._bodies if not (read and body.side == "request")])


def merged(events: Iterable[Event], bodies: Iterable[BodyPassed]) -> list[Event]:
    """*events* with each of *bodies* before the first event of a later moment."""
    told = list(events)
    for body in sorted(bodies, key=lambda each: each.at):
        later = (place for place, event in enumerate(told) if _is_after(event, body.at))
        told.insert(next(later, len(told)), body)
    return told


def _is_after(event: Any, moment: datetime) -> bool:
    at: datetime | None = getattr(event, "at", None)
    return at is not None and at > moment
