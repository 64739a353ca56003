"""The client's side of a connection: what has arrived and was not read yet."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

from mitmproxy.proxy import commands

from ...errors import RequestError
from .buffer import Buffer, HeadEndless
from .head import RequestHead, read_request

type Commands = Generator[commands.Command, Any, None]
"""Gives commands, and never waits."""
type Script[T] = Generator[commands.Command | None, Any, T]
"""Gives commands, and ``None`` where it waits for the next event."""

_AHEAD: Final = 1 << 18
"""Bytes of later requests that are taken in before reading stops."""


class ClientGone(Exception):
    """The client has closed its connection."""


class ClientBuffer:
    """The bytes that a client has sent.

    Args:
        pause: stops reading its connection.
        resume: goes on reading it.
    """

    def __init__(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._pause = pause
        self._resume = resume
        self._held = False
        self.buffer = Buffer()
        self.gone = False
        """True once the client has closed its connection."""

    def hold(self) -> None:
        """Read nothing more until :meth:`release`; else a waiting client could send without bound."""
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
        self.buffer.add(data)
        if len(self.buffer.pending) > _AHEAD:
            self.hold()

    def read(self) -> bytes:
        """Read everything that is here; :meth:`unread` puts back what was too much."""
        return self.buffer.take()

    def unread(self, rest: bytes) -> None:
        """Put back the *rest* of what was read, and read on from the connection unless that is much."""
        if rest:
            self.buffer.put_back(rest)
        if self._held and len(rest) <= _AHEAD:
            self.release()

    def wait(self) -> Script[None]:
        """Wait for the next event of the connection, or of those to origins.

        Raises:
            ClientGone: the client has closed its connection.
        """
        yield None
        if self.gone:
            raise ClientGone

    def head(self) -> RequestHead | None:
        """The head of the next request, if all of it is there.

        Raises:
            RequestError: it cannot be read.
        """
        buffer = self.buffer
        if not buffer.pending:
            return None
        buffer.skip_empty_lines()
        try:
            raw = buffer.take_head()
        except HeadEndless:
            raise RequestError("The head of the request is too long, or has no line ends.", code="malformed_head") from None
        if raw is None:
            return None
        if self._held and len(buffer) <= _AHEAD:
            self.release()
        return read_request(raw)
