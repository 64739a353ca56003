"""What leaves, as bytes: the request that an exchange says, and fields set on a response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...message import Request
from ...octets import bytes_of
from .fields import FieldPairs, block_of, lines_of, pairs_of
from .head import RequestHead
from .upload import chunk


def head_of(request: Request, head: RequestHead, content: bytes | None, *, chunked: bool) -> bytes:
    """The head of *request*.

    Args:
        request: what is sent.
        head: what the client said.
        content: the body that it is sent with; ``None`` when that streams past, and the head says its length.
        chunked: whether the body goes in chunks.
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
