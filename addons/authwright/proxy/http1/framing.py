"""The end of a body: the decision, and the readers that follow it (RFC 9112 sections 6 and 7).

A reader is fed what arrives. It gives back what may go on, whether the message is whole, and what belongs to the next one.
It has checked what it passes on, so that no server downstream reads other boundaries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from ...errors import RemoteError, RequestError
from ...wire.grammar import QUOTED_STRING, TCHAR
from .. import hop_by_hop
from .lines import BLOCK, FieldPairs, block_of, pairs_of

_TOKEN: Final = TCHAR.encode() + b"++"
_QUOTED: Final = QUOTED_STRING.encode()
_EXTENSION: Final = rb";" + _TOKEN + rb"(?:=(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?"
"""RFC 9112 section 7.1.1, without the spaces that it lets no sender write: llhttp refuses them."""
_SIZE_LINE: Final = re.compile(rb"([0-9a-fA-F]{1,16})(?:" + _EXTENSION + rb")*+\r\n")
_SIZE_ALONE: Final = re.compile(rb"(0{0,8}[1-9a-fA-F][0-9a-fA-F]{0,7})\r\n")
_LONGEST_SIZE_LINE: Final = 4096
_LONGEST_EXTENSIONS: Final = 16 << 10
"""Bytes by which the extensions of a body's chunks may be more than its content."""
_LONGEST_TRAILERS: Final = 16 << 10
_LENGTH: Final = re.compile(rb"0|[1-9][0-9]{0,17}")


class Framing(NamedTuple):
    """How a head frames the body that follows it.

    Args:
        length: the Content-Length, when there is one.
        chunked: whether the body comes in chunks.
    """

    length: int | None = None
    chunked: bool = False


class FramingError(Exception):
    """The body's framing is broken; the text says how."""


class Part(NamedTuple):
    """The outcome of feeding a reader: bytes that go on, whether the body is whole, and bytes of the next message."""

    passed: bytes
    whole: bool
    rest: bytes


class Body(Protocol):
    """A reader of a body."""

    @property
    def read(self) -> int:
        """The bytes of content that the reader has seen."""

    def feed(self, data: bytes) -> Part:
        """Take *data*.

        Raises:
            FramingError: the framing is broken.
        """

    def close(self) -> bool:
        """Note that the connection ended; return true if that makes the body whole."""


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

    def close(self) -> bool:
        """See :class:`Body`."""
        return False


class UntilClose:
    """A body that ends with its connection."""

    __slots__ = ("read",)

    def __init__(self) -> None:
        self.read = 0

    def feed(self, data: bytes) -> Part:
        """See :class:`Body`."""
        self.read += len(data)
        return Part(data, False, b"")

    def close(self) -> bool:
        """See :class:`Body`."""
        return True


class Chunked:
    """A body in chunks (RFC 9112 section 7.1). Chunk extensions go no further, as they are between two hops.

    Args:
        filtered: gives the trailers that go on.
        content: collects the content, when given.
    """

    __slots__ = ("_at", "_content", "_data", "_extended", "_filtered", "_left", "_state", "read", "trailers")

    def __init__(
        self, filtered: Callable[[FieldPairs], FieldPairs] = lambda pairs: pairs, content: bytearray | None = None
    ) -> None:
        self._filtered = filtered
        self._content = content
        self._data = b""
        self._at = 0
        self._left = 0
        self._extended = 0
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

    def close(self) -> bool:
        """See :class:`Body`."""
        return False

    # Each state takes from the data what it can: None when another state goes on, False when more must come, True at the end.

    def _whole_chunks(self, passed: list[bytes]) -> None:
        """Take the whole chunks without extensions that are here: tiny ones must cost little."""
        data, at, match, content, read = self._data, self._at, _SIZE_ALONE.match, self._content, 0
        while (size := match(data, at)) is not None:
            begin = size.end()
            end = begin + int(size[1], 16)
            if data[end : end + 2] != b"\r\n":
                break
            if content is not None:
                content += data[begin:end]
            read += end - begin
            at = end + 2
        if at != self._at:
            passed.append(data[self._at : at])
            self._at, self.read = at, self.read + read

    def _size(self, passed: list[bytes]) -> bool | None:
        self._whole_chunks(passed)
        end = self._data.find(b"\n", self._at, self._at + _LONGEST_SIZE_LINE)
        if end < 0:
            if len(self._data) - self._at >= _LONGEST_SIZE_LINE:
                raise FramingError("a chunk's size line is too long")
            return False
        line = _SIZE_LINE.fullmatch(self._data, self._at, end + 1)
        if line is None:
            raise FramingError("a chunk's size line cannot be read")
        self._left = int(line[1], 16)
        self._extended = max(0, self._extended + end - 1 - line.end(1) - self._left)
        if self._extended > _LONGEST_EXTENSIONS:
            raise FramingError("the extensions of the chunks are too long")
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


def request_framing(length: bytes | None, coding: bytes | None) -> Framing:
    """How a request's head frames its body.

    Args:
        length: the value of ``Content-Length``. The guard has refused a second one, and one beside a coding.
        coding: the value of ``Transfer-Encoding``.

    Raises:
        RequestError: ``malformed_head``: RFC 9112 section 6.3, steps 4 and 5.
    """
    if coding is not None and coding.lower() != b"chunked":
        raise RequestError("The transfer coding is not chunked.", code="malformed_head")
    if length is not None and not _LENGTH.fullmatch(length):
        raise RequestError("The Content-Length is no length.", code="malformed_head")
    return Framing(None if length is None else int(length), coding is not None)


def response_framing(lengths: Sequence[bytes], codings: Sequence[bytes]) -> Framing:
    """How a response's head frames its body, whatever was asked.

    Args:
        lengths: the values of ``Content-Length``.
        codings: the values of ``Transfer-Encoding``.

    Raises:
        RemoteError: two readers could read the body in two ways (RFC 9112 section 6.3, steps 3 to 5).
    """
    if len(lengths) > 1 or len(codings) > 1:
        raise RemoteError("The origin's response frames its body twice.")
    length, coding = next(iter(lengths), None), next(iter(codings), None)
    if (coding is not None and (length is not None or coding.lower() != b"chunked")) or not (
        length is None or _LENGTH.fullmatch(length)
    ):
        raise RemoteError("The origin's response frames its body in a way that could be read in two.")
    return Framing(None if length is None else int(length), coding is not None)


# RFC 9112 section 6.3, shortened. Steps 3 and 5, and a final coding other than chunked (step 4), have been refused above.
#
# 1. Any response to a HEAD request and any response with a 1xx, 204, or 304 status code is always terminated by the first
#    empty line after the header fields, regardless of the header fields present in the message.
# 2. Any 2xx response to a CONNECT request implies that the connection will become a tunnel.
# 4. If a Transfer-Encoding header field is present and the chunked transfer coding is the final encoding, the message body
#    length is determined by reading and decoding the chunked data.
# 6. If a valid Content-Length header field is present without Transfer-Encoding, its decimal value defines the expected
#    message body length in octets.
# 7. If this is a request message and none of the above are true, then the message body length is zero.
# 8. Otherwise, this is a response message without a declared message body length, so the message body length is
#    determined by the number of octets received prior to the server closing the connection.


def body_reader(
    framing: Framing, *, method: bytes = b"", status: int | None = None, content: bytearray | None = None
) -> Body | None:
    """The reader of the body that follows a head: the one place that decides where a body ends.

    Args:
        framing: what the head declares.
        method: of a response, the method of its request. The proxy opens tunnels itself, so that is never CONNECT (step 2).
        status: of a response, its status code; ``None`` for a request.
        content: collects the content of a chunked body, when given.

    Returns:
        The reader; ``None`` when the message has no body.
    """
    if status is not None and (method == b"HEAD" or status < 200 or status in (204, 304)):  # step 1
        return None
    if framing.chunked:  # step 4
        return Chunked(hop_by_hop.trailers, content)
    if framing.length is not None:  # step 6
        return Counted(framing.length) if framing.length else None
    return None if status is None else UntilClose()  # steps 7 and 8


def fed(body: Body, data: bytes) -> tuple[bytes, bool, bytes]:
    """Feed *data* to the *body* of a response.

    Raises:
        RemoteError: the body's framing is broken.
    """
    try:
        return body.feed(data)
    except FramingError as error:
        raise RemoteError(f"The origin's response is malformed: {error}.") from error
