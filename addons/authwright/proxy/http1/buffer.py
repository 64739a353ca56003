"""Bytes that have arrived and were not read yet."""

from __future__ import annotations

from typing import Final

LONGEST_HEAD: Final = 64 << 10
"""Bytes of a head, at most, its empty line included."""


class Buffer:
    """Bytes in the order in which they arrived. Neither adding a piece nor taking a head copies what is already there."""

    __slots__ = ("_at", "_searched", "pending")

    def __init__(self) -> None:
        self.pending: bytes | bytearray = b""
        """The unread bytes, behind heads that were taken; empty when nothing is unread."""
        self._at = 0
        """The offset of the first unread byte."""
        self._searched = 0
        """The offset at which the search for the end of a head goes on."""

    def __len__(self) -> int:
        return len(self.pending) - self._at

    def add(self, data: bytes) -> None:
        """Add what has just arrived."""
        if not self.pending:
            self.pending = data
            return
        if self._at > LONGEST_HEAD or not isinstance(self.pending, bytearray):
            self.pending = bytearray(self.pending[self._at :])
            self._searched, self._at = max(0, self._searched - self._at), 0
        self.pending += data

    def take(self) -> bytes:
        """Take everything."""
        data = self.pending if not self._at else self.pending[self._at :]
        self.pending, self._at, self._searched = b"", 0, 0
        return bytes(data)

    def put_back(self, rest: bytes) -> None:
        """Put back the *rest* of what :meth:`take` gave."""
        self.pending, self._at, self._searched = rest, 0, 0

    def take_head(self) -> bytes | None:
        """Take a head up to and with its empty line; ``None`` while its end has not arrived.

        Raises:
            HeadEndless: there will be none: it is longer than :data:`LONGEST_HEAD`, or has an empty line of another kind.
        """
        data, at = self.pending, self._at
        end = data.find(b"\r\n\r\n", self._searched or at, at + LONGEST_HEAD)
        if end < 0:
            seen = self._searched or at
            if len(self) >= LONGEST_HEAD or data.find(b"\n\n", seen) >= 0 or data.find(b"\n\r\n", seen) >= 0:
                raise HeadEndless
            self._searched = max(at, len(data) - 3)
            return None
        end += 4
        raw = bytes(data[at:end])
        if end == len(data):
            self.pending, self._at = b"", 0
        else:
            self._at = end
        self._searched = 0
        return raw

    def skip_empty_lines(self) -> None:
        """Drop empty lines at the beginning (RFC 9112 section 2.2)."""
        data, at = self.pending, self._at
        if data[at : at + 1] != b"\r":
            return
        while data[at : at + 2] == b"\r\n":
            at += 2
        if at == len(data):
            self.pending, at = b"", 0
        self._at, self._searched = at, 0


class HeadEndless(Exception):
    """A head is too long, or its line ends are not CRLF."""
