"""The log: mitmproxy's errors in one line each, and no values of frames."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from typing import Any, Final

from ...terminal import visible

log = logging.getLogger("authwright")

_OUT_OF_RESOURCES: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
_EVERY: Final = 1.0
"""Seconds between two lines that say so."""


def quiet_mitmproxy() -> None:
    """Let nothing of mitmproxy's log through but errors, in one line each, escaped for terminals."""
    logger = logging.getLogger("mitmproxy")
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    if not any(isinstance(handler, _OneLine) for handler in logger.handlers):
        logger.addHandler(_OneLine())


class TaskErrors:
    """Logs what asyncio tells of failed tasks, and that the system has no file descriptor left.

    asyncio tells of each ``accept`` that fails for want of one, a hundred in a row, then tries again after a second. That is
    one line a second here.
    """

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log the class of the exception; its text may hold a secret."""
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in _OUT_OF_RESOURCES):
            log.error("a task failed: %s", type(error).__name__)
        elif loop.time() >= self._quiet_until:
            self._quiet_until = loop.time() + _EVERY
            log.error("no connection can be opened: %s; trying again every second", os.strerror(error.errno))


class _OneLine(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log.error("mitmproxy: %s", visible(record.getMessage().partition("\n")[0]))
