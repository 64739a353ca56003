"""The heads of HTTP/1.1 messages (RFC 9112 sections 3 and 4).

A request's target is taken apart here and judged by ``guard``. A response's head passes as the bytes it came in; only
what frames it is read.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from ...errors import RemoteError, RequestError
from ...message import Headers
from ...wire.grammar import FIELD_CHAR, TCHAR
from . import fields
from .fields import Fields
from .framing import Framing, response_framing
from .lines import BLOCK, MOST_FIELDS, pairs_of, text_pairs

_REQUEST_LINE: Final = re.compile(rf"({TCHAR}{{1,64}}) ([\x21-\x7e]{{1,32768}}) HTTP/1\.([01])".encode())
_STATUS_LINE: Final = re.compile(rf"HTTP/1\.([01]) ([1-9][0-9]{{2}})(?: ({FIELD_CHAR}*))?".encode())
_ABSOLUTE: Final = re.compile(rb"(?i:(https?)://)([^/?#]*)(.*)")
_ABOUT_FRAMING: Final = re.compile(rb"(?i:\r\n(content-length|transfer-encoding|connection)):[ \t]*([^\r]*?)[ \t]*(?=\r\n)")


class RequestHead(NamedTuple):
    """The head of a request.

    Args:
        method: as sent.
        target: path and query; of CONNECT the authority.
        scheme: of an absolute target, in lower case; else empty.
        authority: of an absolute target; else empty.
        http10: whether it is HTTP/1.0.
        fields: its header fields.
        raw: as it came, with its empty line.
    """

    method: bytes
    target: bytes
    scheme: bytes
    authority: bytes
    http10: bool
    fields: Fields
    raw: bytes

    @property
    def path(self) -> bytes:
        """The path of the target, without its query."""
        return self.target.partition(b"?")[0]

    @property
    def http_version(self) -> str:
        """The version, as mitmproxy spells it."""
        return "HTTP/1.0" if self.http10 else "HTTP/1.1"


def read_request(raw: bytes) -> RequestHead:
    """The request head *raw*, which ends with its empty line.

    Raises:
        RequestError: ``malformed_head`` or ``malformed_target``; never with a value in it.
    """
    end = raw.index(b"\r\n")
    line = _REQUEST_LINE.fullmatch(raw, 0, end)
    if line is None:
        raise RequestError("The request line is not METHOD TARGET HTTP/1.1.", code="malformed_head")
    method, target, minor = line.groups()
    scheme = authority = b""
    if method == b"CONNECT":
        authority = target
    elif target[0] != 0x2F:
        scheme, authority, target = _absolute(method, target)
    head = RequestHead(method, target, scheme, authority, minor == b"0", fields.read(raw[end + 2 : -2]), raw)
    if head.http10 and head.fields.framing.chunked:
        raise RequestError("HTTP/1.0 knows no chunks.", code="malformed_head")
    return head


def _absolute(method: bytes, target: bytes) -> tuple[bytes, bytes, bytes]:
    if target == b"*" and method == b"OPTIONS":
        return b"", b"", target
    found = _ABSOLUTE.fullmatch(target)
    if found is None or not found[2]:
        raise RequestError("The request's target is no http or https URL.", code="malformed_target")
    return found[1].lower(), found[2], found[3] or b"/"


class ResponseHead(NamedTuple):
    """The head of a response.

    Args:
        status: the status code.
        http10: whether it is HTTP/1.0.
        framing: how the head frames the body.
        persistent: whether the connection stays after it.
        raw: as it came, with its empty line.
    """

    status: int
    http10: bool
    framing: Framing
    persistent: bool
    raw: bytes

    @property
    def headers(self) -> Headers:
        """Its fields as text that stands for the bytes."""
        return Headers(text_pairs(pairs_of(self.raw.partition(b"\r\n")[2])))


def read_response(raw: bytes) -> ResponseHead:
    """The response head *raw*, which ends with its empty line.

    Raises:
        RemoteError: it cannot be read, or its framing could be read in two ways.
    """
    return _kept(raw) if len(raw) <= _KEPT_UP_TO else _read(raw)


def _read(raw: bytes) -> ResponseHead:
    end = raw.index(b"\r\n")
    line = _STATUS_LINE.fullmatch(raw, 0, end)
    if line is None or raw.count(b"\n", end + 2) > MOST_FIELDS + 1 or not BLOCK.fullmatch(raw, end + 2, len(raw) - 2):
        raise RemoteError("The origin's response cannot be read.")
    http10 = line[1] == b"0"
    said: dict[bytes, list[bytes]] = {}
    for name, value in _ABOUT_FRAMING.findall(raw, end):
        said.setdefault(name.lower(), []).append(value)
    framing = response_framing(said.get(b"content-length", []), said.get(b"transfer-encoding", []))
    options = [option.strip(b" \t") for option in b",".join(said.get(b"connection", [])).lower().split(b",")]
    persistent = b"keep-alive" in options if http10 else b"close" not in options
    return ResponseHead(int(line[2]), http10, framing, persistent, raw)


_KEPT_UP_TO: Final = 1024
_kept = lru_cache(256)(_read)  # an origin that is asked often repeats its head for a second
