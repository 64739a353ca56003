"""What leaves, as bytes: the request that an exchange says, and fields set on a response."""

from __future__ import annotations

from ...message import Request
from .fields import Pairs, block_of, pairs_of
from .head import RequestHead
from .upload import chunk

type TextPairs = tuple[tuple[str, str], ...]


def head_of(request: Request, head: RequestHead, content: bytes | None, *, chunked: bool) -> bytes:
    """The head of *request*.

    Args:
        request: what is sent.
        head: what the client said.
        content: the body that it is sent with; ``None`` when that streams past, and the head says its length.
        chunked: whether the body goes in chunks.
    """
    pairs = tuple((_bytes(name), _bytes(value)) for name, value in request.headers.fields)
    if content is not None and not chunked:
        pairs = _with_length(pairs, content)
    line = b"%b %b HTTP/1.%b\r\n" % (_bytes(request.method), _bytes(request.target), b"0" if head.http10 else b"1")
    return line + block_of(pairs) + b"\r\n"


def framed(content: bytes, trailers: Pairs) -> bytes:
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


def text_pairs(pairs: Pairs) -> TextPairs:
    """*pairs* as text that stands for the bytes."""
    return tuple((name.decode("ascii"), value.decode("utf-8", "surrogateescape")) for name, value in pairs)


def _with_length(pairs: Pairs, content: bytes) -> Pairs:
    """*pairs* with the length of *content*; without a body there is none unless the client said one."""
    kept = tuple(pair for pair in pairs if pair[0].lower() != b"transfer-encoding")
    if any(name.lower() == b"content-length" for name, _ in kept):
        return tuple((name, b"%d" % len(content) if name.lower() == b"content-length" else value) for name, value in kept)
    return (*kept, (b"Content-Length", b"%d" % len(content))) if content else kept


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
