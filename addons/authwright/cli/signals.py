"""Signals: passed on to a child process, or the end of a proxy."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_FROM_KEYS: Final = (signal.SIGINT, signal.SIGQUIT)
_PASSED_ON: Final = (*_FROM_KEYS, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


@contextmanager
def passed_on(send: Callable[[int], None]) -> Iterator[None]:
    """While this lasts, hand every signal for us to *send*, from the running event loop.

    Ctrl-C in a terminal reaches the whole foreground process group, so the child has it: twice would kill programs that
    clean up after the first. What another process sends to us alone is passed on.
    """
    loop = asyncio.get_running_loop()

    def deliver(number: int) -> None:
        if not (number in _FROM_KEYS and _in_foreground()):
            send(number)

    for number in _PASSED_ON:
        loop.add_signal_handler(number, deliver, number)
    try:
        yield
    finally:
        for number in _PASSED_ON:
            loop.remove_signal_handler(number)


def _in_foreground() -> bool:
    """Say whether this process is in the terminal's foreground group, which Ctrl-C reaches."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


@dataclass(frozen=True)
class Ending:
    """The end that a signal brings.

    Args:
        stop: is set by the first signal.
        came: the numbers of the signals that came.
    """

    stop: asyncio.Event
    came: set[int]

    def came_by(self, number: signal.Signals) -> bool:
        """Say whether the signal *number* came."""
        return number in self.came


def ended_by(*numbers: signal.Signals) -> Ending:
    """An end that the first of these signals brings, in the running event loop; the second one kills as usual."""
    loop, ending = asyncio.get_running_loop(), Ending(asyncio.Event(), set())

    def end(number: int) -> None:
        ending.came.add(number)
        ending.stop.set()
        for each in numbers:
            loop.remove_signal_handler(each)

    for each in numbers:
        loop.add_signal_handler(each, end, each)
    return ending
