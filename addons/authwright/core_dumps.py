"""No core dump of a process that holds secrets: its memory would land in a file, or in the system's crash collector.

The soft limit on the size of a core file is set to 0 (setrlimit(2)). Linux ignores that limit where ``core_pattern`` is a
pipe, so there the process is also made undumpable (prctl(2), ``PR_SET_DUMPABLE``); that ends with the next ``exec``, and
keeps other processes of the same user from tracing this one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

_PR_SET_DUMPABLE: Final = 4

_before: list[tuple[int, int]] = []
"""The limits that this process was started with, once they were changed."""


def forbid() -> None:
    """Write no core dump of this process from now on."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, limits[1]))  # the hard limit stays, or no child could have its own again
        _before[:] = _before or [limits]
    if sys.platform == "linux":
        _make_undumpable()


@contextmanager
def allowed_to_children() -> Iterator[None]:
    """While this lasts, children are started with the limits that this process was started with.

    This process stays undumpable meanwhile where the system knows that; else it can dump core for as long as a fork takes.
    """
    if not _before:
        yield
        return
    import resource

    now = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, _before[0])
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, now)


def _make_undumpable() -> None:
    import ctypes

    with suppress(OSError, AttributeError):  # a C library without prctl
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
