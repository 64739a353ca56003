"""The bytes that leave: the request as it was authorised, and fields set on a response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...engine.authorised import Authorised, Move
from ...errors import AuthwrightError
from ...message import Request, Rewriter, is_probe
from ...octets import bytes_of
from ...origin import Origin
from ...wire.head import lines_of
from .head import RequestHead
from .lines import FieldPairs, block_of, pairs_of
from .upload import Upload, chunk


class OutgoingRequest(NamedTuple):
    """A request as it leaves.

    Args:
        raw: its bytes, without a body that streams past.
        method: its method; a probe may have another one than the client's request.
        probing: whether it only asks the origin something before the client's request.
        streams: whether the client's body follows as it arrives.
        rewriter: makes another body of that one.
    """

    raw: bytes
    method: bytes
    probing: bool
    streams: bool
    rewriter: Rewriter | None = None


def outgoing(move: Move, head: RequestHead, upload: Upload, authorised: Authorised) -> OutgoingRequest:
    """The request that *move* says.

    Args:
        move: what comes next, from *authorised*.
        head: what the client said.
        upload: the client's body.
        authorised: how the request was authorised.

    Raises:
        AuthwrightError: the move is no request.
    """
    if isinstance(move, bytes):
        version = b" HTTP/1.0\r\n" if head.http10 else b" HTTP/1.1\r\n"
        raw = b"".join((head.method, b" ", head.target, version, move, b"\r\n", upload.kept))
        return OutgoingRequest(raw, head.method, False, upload.unread)
    if not isinstance(move, Request):
        raise AuthwrightError("The credential yields no request to send.")
    asked = authorised.request
    probing = is_probe(asked, move)
    streams = upload.unread and not probing
    chunked = head.fields.framing.chunked and not probing
    content = move.body if probing or move.body != asked.body else upload.kept
    raw = head_of(move, head, None if streams or probing else content, chunked=chunked)
    if not streams:
        raw += framed(content, upload.trailers) if chunked else content
    return OutgoingRequest(raw, move.method.encode(), probing, streams, move.rewrite)


def whole_url(raw: bytes, origin: Origin) -> bytes:
    """The request *raw* as a proxy reads it (RFC 9112 section 3.2.2), where ``*`` is a URL without a path."""
    method, _, rest = raw.partition(b" ")
    return b"%b %b%b" % (method, str(origin).encode(), rest.removeprefix(b"*"))


def head_of(request: Request, head: RequestHead, content: bytes | None, *, chunked: bool) -> bytes:
    """The head of *request*.

    Args:
        request: the request that leaves.
        head: the client's head.
        content: the body that leaves with it; ``None`` when it streams past, and the head says its length.
        chunked: whether the body leaves in chunks.
    """
    fields: Iterable[tuple[str, str]] = request.headers.fields
    if content is not None and not chunked:
        fields = _with_length(fields, content)
    line = f"{request.method} {request.target} HTTP/1.{'0' if head.http10 else '1'}\r\n"
    return b"%b%b\r\n" % (bytes_of(line), lines_of(fields))


def framed(content: bytes, trailers: FieldPairs) -> bytes:
    """*content* as a chunked body."""
    return (chunk(content) if content else b"") + b"0\r\n" + block_of(trailers) + b"\r\n"


def with_field(raw: bytes, name: bytes, value: bytes) -> bytes:
    """The head *raw* with exactly one field *name*, where the first one was, else at the end."""
    if b"\r\n" + name.lower() + b":" not in raw.lower():
        return b"%b%b: %b\r\n\r\n" % (raw[:-2], name, value)
    line, _, block = raw.partition(b"\r\n")
    pairs, done = [], False
    for each in pairs_of(block):
        if each[0].lower() != name.lower():
            pairs.append(each)
        elif not done:
            pairs.append((name, value))
            done = True
    return line + b"\r\n" + block_of(pairs) + b"\r\n"


def _with_length(fields: Iterable[tuple[str, str]], content: bytes) -> Iterator[tuple[str, str]]:
    """*fields* with the length of *content*; without a body there is none unless the client said one."""
    said = False
    for name, value in fields:
        lower = name.lower()
        if lower == "content-length":
            said = True
            yield name, str(len(content))
        elif lower != "transfer-encoding":
            yield name, value
    if content and not said:
        yield "Content-Length", str(len(content))
