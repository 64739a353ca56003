"""The client's side of a connection: what has come and was not read yet."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

from mitmproxy.proxy import commands

from ...errors import RequestError
from .head import LONGEST, RequestHead, read_request

type Script[T] = Generator[commands.Command | None, Any, T]
"""Gives commands, and ``None`` where it waits for the next event."""

_AHEAD: Final = 1 << 18
"""Bytes of later requests that are taken in before reading stops."""


class ClientGone(Exception):
    """The client has closed its connection."""


class ClientBuffer:
    """What a client sent.

    Args:
        pause: stops reading its connection.
        resume: goes on reading it.
    """

    def __init__(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._pause = pause
        self._resume = resume
        self._held = False
        self.buffer = b""
        self.gone = False

    def hold(self) -> None:
        """Read nothing more until :meth:`release`: else what a client that waits may send has no bound."""
        if not self._held:
            self._held = True
            self._pause()

    def release(self) -> None:
        """Read on."""
        if self._held:
            self._held = False
            self._resume()

    def take(self, data: bytes) -> None:
        """Take in what arrived."""
        self.buffer = self.buffer + data if self.buffer else data
        if len(self.buffer) > _AHEAD:
            self.hold()

    def taken(self, rest: bytes) -> None:
        """The buffer was read, up to *rest*."""
        self.buffer = rest
        if self._held and len(rest) <= _AHEAD:
            self.release()

    def head(self) -> RequestHead | None:
        """The head of the next request, if all of it is there.

        Raises:
            RequestError: it cannot be read.
        """
        buffer = self.buffer
        while buffer.startswith(b"\r\n"):  # RFC 9112 section 2.2: at least one empty line before a request is ignored
            buffer = buffer[2:]
        end = buffer.find(b"\r\n\r\n", 0, LONGEST)
        if end < 0:
            self.buffer = buffer
            if len(buffer) >= LONGEST or b"\n\n" in buffer or b"\n\r\n" in buffer:
                raise RequestError("The head of the request is too long, or has no line ends.", code="malformed_head")
            return None
        self.taken(buffer[end + 4 :])
        return read_request(buffer[: end + 4])
