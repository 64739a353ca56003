"""The log: mitmproxy's errors in one line each, and no values of frames."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from .. import refuse

log = logging.getLogger("authwright")


def quiet_mitmproxy() -> None:
    """Let nothing of mitmproxy's log through but errors, in one line each, escaped for terminals."""
    logger = logging.getLogger("mitmproxy")
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    if not any(isinstance(handler, _OneLine) for handler in logger.handlers):
        logger.addHandler(_OneLine())


def on_task_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log the class of an exception that a task ended with; its text may hold a secret."""
    log.error("a task failed: %s", type(context.get("exception")).__name__)


class _OneLine(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log.error("mitmproxy: %s", refuse.printable(record.getMessage().partition("\n")[0]))
