"""Where the two engines may differ: what docs/engines.md says of it, and nothing else.

- The space after a colon and around a value, and behind a status without a reason.
- Where the chunks of a body end, and how their sizes are spelt; their content and trailers are the same.
- "100 Continue" need not come when the body is there already.
- The words of our own refusals; their status is the same.
- The masks of WebSocket frames, and the close frame that mitmproxy writes when a side has gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.proxy.differential.exchange import HANGS, Seen

type Part = tuple[object, ...]


def same(seen: Seen) -> tuple[list[list[Part]], list[Part]]:
    """*seen* in the form in which both must be equal: the messages at the origin, by connection, and those at the client."""
    return [list(_messages(each)) for each in seen.received], list(_messages(seen.answered))


def _messages(raw: bytes) -> Iterator[Part]:
    raw = raw.removesuffix(HANGS)
    while raw:
        head, end, rest = raw.partition(b"\r\n\r\n")
        if not end:
            yield ("unfinished", head)
            return
        lines = [
            b":".join((name, value.strip(b" \t"))) for name, _, value in (line.partition(b":") for line in head.split(b"\r\n"))
        ]
        first, fields = lines[0].rstrip(b" :"), lines[1:]
        lower = head.lower()
        if b"\r\nupgrade: websocket" in lower and (b" 101 " in first or rest[:1] == b"\x81"):
            yield first, fields, list(_frames(rest))
            return
        content, raw = _body(lower, rest, to_the_end=first.startswith(b"HTTP/"))
        if first.startswith(b"HTTP/1.1 100"):
            continue
        yield (first, "refused") if b"\r\nauthwright-error:" in lower else (first, fields, content)


def _body(head: bytes, rest: bytes, *, to_the_end: bool) -> tuple[Part, bytes]:
    """What a body's content and trailers are, and what follows it."""
    if b"\r\ntransfer-encoding: chunked" in head and rest[:4] != b"HTTP":  # a HEAD's answer has no body
        return _chunks(rest)
    if found := re.search(rb"\r\ncontent-length: *(\d+)", head):
        length = 0 if rest[:5] == b"HTTP/" else int(found[1])
        return (rest[:length],), rest[length:]
    if to_the_end and not re.match(rb"http/1.1 (1\d\d|204|304)", head):
        return (rest,), b""
    return (), rest


def _chunks(rest: bytes) -> tuple[Part, bytes]:
    content = b""
    while found := re.match(rb"([0-9a-fA-F]+)[^\r]*\r\n", rest):
        size, rest = int(found[1], 16), rest[found.end() :]
        if not size:
            block, _, after = (b"\r\n" + rest).partition(b"\r\n\r\n")
            return (content, block, "whole"), after
        content, rest = content + rest[:size], rest[size + 2 :]
    return (content, rest, "cut short"), b""


def _frames(rest: bytes) -> Iterator[bytes]:
    """The payloads of short WebSocket frames (RFC 6455 section 5.2) that carry text."""
    while len(rest) >= 2:
        kind, length, masked = rest[0] & 15, rest[1] & 127, rest[1] >> 7
        mask, rest = (rest[2:6], rest[6:]) if masked else (bytes(4), rest[2:])
        payload, rest = rest[:length], rest[length:]
        if kind == 1:
            yield bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
