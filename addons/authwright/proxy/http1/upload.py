"""A request's body on its way to the origin: kept or passed on, as it came or rewritten piece by piece."""

from __future__ import annotations

from mitmproxy.connection import Client
from mitmproxy.proxy import commands

from ...errors import AuthwrightError
from ...message import Rewriter
from ...record.bodies import PassingBodies, PassingBody
from ..intake import REPLAY_LIMIT
from ..limits import too_large
from . import answer
from .client import ClientBuffer, Script
from .framing import Body, Chunked, FramingError, Part, body_reader
from .head import RequestHead
from .heard import heard
from .lines import FieldPairs


class Upload:
    """The body of one request.

    Args:
        head: the head before it.
        client: what the client has sent.
        connection: the client's connection.
    """

    bodies: PassingBodies | None = None
    """Hears of the exchange's bodies; ``None`` where no listener wants them."""
    _heard: PassingBody | None = None

    def __init__(self, head: RequestHead, client: ClientBuffer, connection: Client) -> None:
        self._head = head
        self._client = client
        self._connection = connection
        self._reader = body_reader(head.fields.framing)
        self.unread = self._reader is not None
        """True while some of the body was not read."""
        self.kept = b""
        """The content, where the whole body was collected."""
        self.trailers: FieldPairs = ()
        """The trailers, where the whole body was collected."""
        self.welcomed = False
        """True once the client was told to send the body, if it waits for that."""
        self.passing = False
        """True while what arrives goes to the origin at once."""
        self._passed = False

    def let_hear(self, bodies: PassingBodies) -> None:
        """Let *bodies* hear of the exchange's bodies, this one first."""
        self.bodies = bodies
        if self._reader is not None:
            self._heard = bodies.begin("request")
            self._reader = heard(self._head.fields.framing, self._heard)

    @property
    def replayable(self) -> bool:
        """True when the body can be sent again: it is here, or there is none."""
        return not self.unread and not self._passed

    def streams(self, *, retry: bool) -> bool:
        """True when the body goes past unread, so that it can be sent once.

        Args:
            retry: whether a small body is worth keeping, as the request may be sent again.
        """
        length = self._head.fields.framing.length
        return self.unread and (length is None or length > (REPLAY_LIMIT if retry else 0))

    def pass_on(self, rewriter: Rewriter | None) -> None:
        """Let the body go to the origin as it arrives, *rewriter* making another one of it where there is one."""
        if rewriter is not None:
            self._reader = Rewritten(self._head, rewriter, chunked=self._head.fields.framing.chunked, heard=self._heard)
        self.passing = self._passed = True

    def read(self) -> bytes:
        """Read what is here of the body, and give what goes on.

        Raises:
            FramingError: the body's framing is broken.
        """
        assert self._reader is not None
        passed, whole, rest = self._reader.feed(self._client.read())
        self._client.unread(rest)
        if whole:
            self.unread = self.passing = False
        return passed

    def collect(self, limit: int) -> Script[None]:
        """Read the whole body and keep it.

        Args:
            limit: in bytes, of content.

        Raises:
            RequestError: ``body_too_large``.
            ClientGone: the client left before its body was whole.
        """
        reader, collected = self._reader, bytearray()
        if not self.unread:
            return
        assert reader is not None
        if (self._head.fields.framing.length or 0) > limit:
            raise too_large(limit)
        yield from self.welcome()
        while self.unread:
            if self._client.buffer.pending:
                collected += self.read()
            else:
                yield from self._client.wait()
            if reader.read > limit:
                raise too_large(limit)
        self.kept, self.trailers = content_of(self._head, bytes(collected))

    def welcome(self) -> Script[None]:
        """Tell a client that waits for it to send its body (RFC 9110 section 10.1.1)."""
        if not self.welcomed and self._head.fields.expects_continue and not self._client.buffer.pending:
            yield commands.SendData(self._connection, answer.CONTINUE)
        self.welcomed = True

    def drain(self) -> Script[bool]:
        """Read what the client still sends of a body that goes nowhere any more.

        Returns:
            Whether the body came to its end, so that the connection can go on.
        """
        self.passing = False
        while self.unread:
            if self._client.buffer.pending:
                try:
                    self.read()
                except (FramingError, AuthwrightError):
                    return False
            else:
                yield from self._client.wait()
        return True


def body_of(head: RequestHead, content: bytearray | None = None) -> Body | None:
    """The reader of the body that follows *head*, ``None`` when none does; *content* collects that of a chunked one."""
    return body_reader(head.fields.framing, content=content)


def content_of(head: RequestHead, body: bytes) -> tuple[bytes, FieldPairs]:
    """The content of a whole *body* that followed *head*, and its trailers."""
    if not head.fields.framing.chunked:
        return body, ()
    content = bytearray()
    reader = body_of(head, content)
    assert isinstance(reader, Chunked)
    reader.feed(body)
    return bytes(content), reader.trailers


class Rewritten:
    """A body that leaves as another one.

    Args:
        head: the head before it.
        rewriter: makes the other one.
        chunked: whether that leaves in chunks.
        heard: hears of the body as it came.
    """

    def __init__(self, head: RequestHead, rewriter: Rewriter, *, chunked: bool, heard: PassingBody | None = None) -> None:
        self._heard = heard
        self._content = bytearray()
        body = body_of(head, self._content)
        assert body is not None
        self._body = body
        self._of_chunks = head.fields.framing.chunked
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
        self._hear(passed, whole)
        made = self._rewrite(passed) if passed else b""
        if whole:
            made += self._rewrite(b"")
        return Part(self._framed(made, whole), whole, rest)

    def close(self) -> bool:
        """See :class:`Body`."""
        return self._body.close()

    def _hear(self, content: bytes, whole: bool) -> None:
        if self._heard is not None:
            self._heard.take(content)
            if whole:
                self._heard.end()

    def _framed(self, made: bytes, whole: bool) -> bytes:
        if not self._chunked:
            return made
        return (chunk(made) if made else b"") + (b"0\r\n\r\n" if whole else b"")


def chunk(content: bytes) -> bytes:
    """*content* as one chunk."""
    return b"%x\r\n%b\r\n" % (len(content), content)
