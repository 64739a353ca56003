"""The log messages of a running proxy, told as notices."""

from __future__ import annotations

import logging

from .output import notice


def log_to_stderr() -> None:
    """Print what the proxy logs as notices on stderr, never with a traceback."""
    logger = logging.getLogger("authwright")
    logger.propagate = False
    logger.handlers = [_Notices()]


class _Notices(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        notice(record.getMessage())
