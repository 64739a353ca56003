"""Puts a bounded queue and a thread before a listener that may block, such as one that writes to a terminal or a disk.

A request never waits for such a listener. When the queue is full, exchanges are dropped and counted; the listener hears
how many before the next one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Final

from .events import Event, weight
from .recorder import Level, Listener, report

MOST: Final = 1000
"""How many exchanges wait for a listener at most."""
HEAVIEST: Final = 64 << 20
"""How many bytes of bodies wait with them at most."""
_PATIENCE: Final = 2.0
"""Seconds that a listener has at the end for what still waits."""


class Queued:
    """A listener that another thread tells.

    Args:
        listener: who is told, one exchange after the other.
        most: how many exchanges may wait for it.
        heaviest: how many bytes of bodies may wait with them.
    """

    def __init__(self, listener: Listener, most: int = MOST, heaviest: int = HEAVIEST) -> None:
        self._listener = listener
        self._most = most
        self._heaviest = heaviest
        self._waiting: deque[tuple[Sequence[Event], int]] = deque()
        self._weight = 0
        self._lost = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def level(self) -> Level:
        """See :class:`~authwright.record.recorder.Listener`."""
        return self._listener.level

    @property
    def everything(self) -> bool:
        """See :class:`~authwright.record.recorder.Listener`."""
        return self._listener.everything

    def heard(self, events: Sequence[Event]) -> None:
        """Put *events* into the queue, or drop and count them."""
        heavy = weight(events)
        with self._changed:
            if self._closed or len(self._waiting) >= self._most or self._weight + heavy > self._heaviest:
                self._lost += 1
                return
            self._waiting.append((events, heavy))
            self._weight += heavy
            self._changed.notify()
        if self._thread is None:  # not before: a process that forks must not lose it
            self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
            self._thread.start()

    def lost(self, count: int) -> None:
        """Count what was lost before it came here."""
        with self._changed:
            self._lost += count

    def close(self) -> None:
        """Wait until everything was told, for two seconds at most."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while (taken := self._next()) is not None:
            events, lost = taken
            try:
                if lost:
                    self._listener.lost(lost)
                if events is not None:
                    self._listener.heard(events)
            except Exception as error:  # noqa: BLE001 - the next exchange is told all the same
                report(error)
        try:
            self._listener.close()
        except Exception as error:  # noqa: BLE001 - nothing follows
            report(error)

    def _next(self) -> tuple[Sequence[Event] | None, int] | None:
        """The next exchange to tell, and the number lost before it; ``None`` when the queue is closed."""
        with self._changed:
            while not (self._waiting or self._closed):
                self._changed.wait()
            lost, self._lost = self._lost, 0
            if self._waiting:
                events, heavy = self._waiting.popleft()
                self._weight -= heavy
                return events, lost
            return (None, lost) if lost else None
