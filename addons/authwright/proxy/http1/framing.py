"""Where a body ends (RFC 9112 sections 6 and 7).

A reader is fed what comes and gives back what may go on, whether the message is whole, and what belongs to the next one.
What it passes on it has checked, so that nobody downstream reads other boundaries.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from ...errors import RemoteError
from ...wire.grammar import QUOTED_STRING, TCHAR
from .. import hop_by_hop
from .fields import BLOCK, FieldPairs, block_of, pairs_of
from .head import ResponseHead

_TOKEN: Final = TCHAR.encode() + b"++"
_QUOTED: Final = QUOTED_STRING.encode()
_EXTENSION: Final = rb";" + _TOKEN + rb"(?:=(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?"
"""RFC 9112 section 7.1.1, without the spaces that it lets nobody send: llhttp refuses them."""
_SIZE_LINE: Final = re.compile(rb"([0-9a-fA-F]{1,16})(?:" + _EXTENSION + rb")*+\r\n")
_LONGEST_SIZE_LINE: Final = 4096
_LONGEST_TRAILERS: Final = 16 << 10


class FramingError(Exception):
    """The body's framing is broken; the text says how."""


class Part(NamedTuple):
    """What a reader made of its input."""

    passed: bytes
    whole: bool
    rest: bytes


class Body(Protocol):
    """A reader of a body."""

    @property
    def read(self) -> int:
        """How many bytes of content were seen."""

    def feed(self, data: bytes) -> Part:
        """Take *data*.

        Raises:
            FramingError: the framing is broken.
        """


class Counted:
    """A body of a known length.

    Args:
        length: in bytes, more than 0.
    """

    __slots__ = ("left", "read")

    def __init__(self, length: int) -> None:
        self.left = length
        self.read = 0

    def feed(self, data: bytes) -> Part:
        """See :class:`Body`."""
        passed = data if len(data) <= self.left else data[: self.left]
        self.left -= len(passed)
        self.read += len(passed)
        return Part(passed, not self.left, data[len(passed) :])


class UntilClose:
    """A body that ends with its connection."""

    __slots__ = ("read",)

    def __init__(self) -> None:
        self.read = 0

    def feed(self, data: bytes) -> Part:
        """See :class:`Body`."""
        self.read += len(data)
        return Part(data, False, b"")


class Chunked:
    """A body in chunks (RFC 9112 section 7.1). Chunk extensions go no further, as they are between two hops.

    Args:
        filtered: which of the trailers go on.
        content: collects the content, when given.
    """

    __slots__ = ("_at", "_content", "_data", "_filtered", "_left", "_state", "read", "trailers")

    def __init__(
        self, filtered: Callable[[FieldPairs], FieldPairs] = lambda pairs: pairs, content: bytearray | None = None
    ) -> None:
        self._filtered = filtered
        self._content = content
        self._data = b""
        self._at = 0
        self._left = 0
        self._state = self._size
        self.read = 0
        self.trailers: FieldPairs = ()

    def feed(self, data: bytes) -> Part:
        """See :class:`Body`."""
        self._data, self._at = self._data + data, 0
        passed: list[bytes] = []
        while (whole := self._state(passed)) is None:
            pass
        rest, self._data = self._data[self._at :], b""
        if not whole:
            self._data, rest = rest, b""
        return Part(b"".join(passed), whole, rest)

    # Each state takes from the data what it can: None when another state goes on, False when more must come, True at the end.

    def _size(self, passed: list[bytes]) -> bool | None:
        end = self._data.find(b"\n", self._at, self._at + _LONGEST_SIZE_LINE)
        if end < 0:
            if len(self._data) - self._at >= _LONGEST_SIZE_LINE:
                raise FramingError("a chunk's size line is too long")
            return False
        line = _SIZE_LINE.fullmatch(self._data, self._at, end + 1)
        if line is None:
            raise FramingError("a chunk's size line cannot be read")
        self._left = int(line[1], 16)
        passed.append(line[1] + b"\r\n")
        self._at = end + 1
        self._state = self._content_of_chunk if self._left else self._last
        return None

    def _content_of_chunk(self, passed: list[bytes]) -> bool | None:
        taken = self._data[self._at : self._at + self._left]
        passed.append(taken)
        self._at += len(taken)
        self._left -= len(taken)
        self.read += len(taken)
        if self._content is not None:
            self._content += taken
        if self._left:
            return False
        self._state = self._end_of_chunk
        return None

    def _end_of_chunk(self, passed: list[bytes]) -> bool | None:
        line_end = self._data[self._at : self._at + 2]
        if not b"\r\n".startswith(line_end):
            raise FramingError("a chunk is longer than its size")
        if len(line_end) < 2:
            return False
        passed.append(line_end)
        self._at += 2
        self._state = self._size
        return None

    def _last(self, passed: list[bytes]) -> bool | None:
        if self._data.startswith(b"\r\n", self._at):
            end = self._at - 2
        elif (end := self._data.find(b"\r\n\r\n", self._at)) < 0:
            if len(self._data) - self._at > _LONGEST_TRAILERS:
                raise FramingError("the trailers are too long")
            return False
        block = self._data[self._at : end + 2]
        if not BLOCK.fullmatch(block):
            raise FramingError("a trailer cannot be read")
        self.trailers = self._filtered(pairs_of(block))
        passed.append(block_of(self.trailers) + b"\r\n")
        self._at = end + 4
        return True


def body_of_response(head: ResponseHead, method: bytes) -> Body | None:
    """The reader of the body that follows *head*; ``None`` when none does (RFC 9112 section 6.3)."""
    if method == b"HEAD" or head.status in (204, 304) or head.length == 0:
        return None
    if head.chunked:
        return Chunked(hop_by_hop.trailers)
    return UntilClose() if head.length is None else Counted(head.length)


def fed(body: Body, data: bytes) -> tuple[bytes, bool, bytes]:
    """What a response's *body* makes of *data*."""
    try:
        return body.feed(data)
    except FramingError as error:
        raise RemoteError(f"The origin's response is malformed: {error}.") from error
