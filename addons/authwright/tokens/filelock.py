"""A lock that holds between processes and is released when its process dies: flock(2) on an empty file."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import AuthwrightError
from .private import open_private

_LONGEST_WAIT: Final = 30.0
"""Seconds; twice the deadline of a token request, so a process that holds it longer is stopped, not slow."""
_PAUSE: Final = 0.02


@contextmanager
def locked(path: Path, longest_wait: float = _LONGEST_WAIT) -> Iterator[None]:
    """Hold *path*, waiting for others. Blocks, so call it in a thread; it may be left in another one.

    Raises:
        AuthwrightError: ``store_busy``, when another process holds it for longer than *longest_wait* seconds.
    """
    descriptor = open_private(path, os.O_RDWR | os.O_CREAT)
    try:
        _wait(descriptor, longest_wait)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, longest_wait: float) -> None:
    """Polls, because a blocked flock could not be given up."""
    end = time.monotonic() + longest_wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise AuthwrightError(
                    "Another authwright process is refreshing this token and does not come to an end.",
                    code="store_busy",
                    hint="End the stopped authwright process",
                ) from None
            time.sleep(_PAUSE)
        else:
            return
