"""A request's body on its way to the origin, as it came or rewritten piece by piece."""

from __future__ import annotations

from ...message import Rewriter
from .. import hop_by_hop
from .fields import FieldPairs
from .framing import Body, Chunked, Counted, Part
from .head import RequestHead


def body_of(head: RequestHead, content: bytearray | None = None) -> Body | None:
    """The reader of the body that follows *head*, ``None`` when none does; *content* collects that of a chunked one."""
    if head.fields.chunked:
        return Chunked(hop_by_hop.trailers, content)
    return Counted(head.fields.length) if head.fields.length else None


def content_of(head: RequestHead, body: bytes) -> tuple[bytes, FieldPairs]:
    """The content of a whole *body* that followed *head*, and its trailers."""
    if not head.fields.chunked:
        return body, ()
    content = bytearray()
    reader = Chunked(content=content)
    reader.feed(body)
    return bytes(content), reader.trailers


class Rewritten:
    """A body that leaves as another one.

    Args:
        head: the head before it.
        rewriter: makes the other one.
        chunked: whether that leaves in chunks.
    """

    def __init__(self, head: RequestHead, rewriter: Rewriter, *, chunked: bool) -> None:
        self._content = bytearray()
        body = body_of(head, self._content)
        assert body is not None
        self._body = body
        self._of_chunks = head.fields.chunked
        self._rewrite = rewriter.begin()
        self._chunked = chunked

    @property
    def read(self) -> int:
        """See :class:`Body`."""
        return self._body.read

    def feed(self, data: bytes) -> Part:
        """See :class:`Body`."""
        passed, whole, rest = self._body.feed(data)
        if self._of_chunks:
            passed = bytes(self._content)
            self._content.clear()
        made = self._rewrite(passed) if passed else b""
        if whole:
            made += self._rewrite(b"")
        return Part(self._framed(made, whole), whole, rest)

    def _framed(self, made: bytes, whole: bool) -> bytes:
        if not self._chunked:
            return made
        return (chunk(made) if made else b"") + (b"0\r\n\r\n" if whole else b"")


def chunk(content: bytes) -> bytes:
    """*content* as one chunk."""
    return b"%x\r\n%b\r\n" % (len(content), content)
