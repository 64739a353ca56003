"""A block of header fields (RFC 9112 section 5), read once and kept: a client says the same on each of its requests.

Strict: what is not a token, a colon and a value without control characters is refused, and so is everything that two
readers could frame in two ways (RFC 9112 section 6.3). Obsolete line folding and bare line feeds are refused too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Final

from ...errors import RequestError
from ...message import Headers, fold
from ...octets import bytes_of, text_of
from ...wire.grammar import FIELD_CHAR, TCHAR
from .. import guard, hop_by_hop

type FieldPairs = tuple[tuple[bytes, bytes], ...]

BLOCK: Final = re.compile(rf"(?:{TCHAR}++:{FIELD_CHAR}*+\r\n)*+".encode())
"""Field lines, each with its line end."""
_LENGTH: Final = re.compile(rb"(?:0|[1-9][0-9]{0,17})\Z")
_FROM_A_PAGE: Final = frozenset((b"origin", b"sec-fetch-site", b"access-control-request-method"))


class Fields:
    """The fields of a request, and what they say about the message and the connection.

    Args:
        pairs: name and value, as sent.

    Raises:
        RequestError: ``malformed_head``.
    """

    def __init__(self, pairs: FieldPairs) -> None:
        guard.check_fields(pairs)
        self.pairs = pairs
        by_name: dict[bytes, bytes] = {}
        for name, value in pairs:
            lower = name.lower()
            by_name[lower] = by_name[lower] + b"," + value if lower in by_name else value
        self.host = by_name.get(b"host")
        self.length = _length(by_name.get(b"content-length"))
        self.chunked = _chunked(by_name.get(b"transfer-encoding"))
        self.expects_continue = _continue(by_name.get(b"expect"))
        options = {option.strip(b" \t") for option in by_name.get(b"connection", b"").lower().split(b",")}
        self.close = b"close" in options
        self.upgrade = by_name.get(b"upgrade", b"").lower() if b"upgrade" in options else b""
        self.from_a_page = not _FROM_A_PAGE.isdisjoint(by_name)
        self._blocks: dict[tuple[str, bytes], bytes] = {}
        self._headers: dict[bytes, Headers] = {}

    @cached_property
    def forwardable(self) -> FieldPairs:
        """What goes on to the origin, but for ``Expect``."""
        return tuple(pair for pair in hop_by_hop.forwardable(self.pairs).fields if pair[0].lower() != b"expect")

    @cached_property
    def folded(self) -> frozenset[str]:
        """The names of what goes on, as lax servers compare them."""
        return frozenset(_fold(name) for name, _ in self.forwardable)

    def block(self, without: str = "", host: bytes = b"") -> bytes:
        """What goes on as bytes: *without* the fields of that folded name, and with another *host* when one is given."""
        found = self._blocks.get((without, host))
        if found is None:
            pairs = self.forwardable if not without else [pair for pair in self.forwardable if _fold(pair[0]) != without]
            found = self._blocks[without, host] = block_of(with_host(pairs, host) if host else pairs)
        return found

    def headers(self, host: bytes = b"") -> Headers:
        """What goes on as text that stands for the bytes, with another *host* when one is given."""
        found = self._headers.get(host)
        if found is None:
            pairs = with_host(self.forwardable, host) if host else self.forwardable
            found = self._headers[host] = Headers(text_pairs(pairs))
        return found


def read(block: bytes) -> Fields:
    """The fields of *block*, each line with its line end.

    Raises:
        RequestError: ``malformed_head``; never with a value in it.
    """
    return _kept(block) if len(block) <= _KEPT_UP_TO else _read(block)


def pairs_of(block: bytes) -> FieldPairs:
    """Names and values of a well-formed *block*."""
    lines = (line.partition(b":") for line in block.split(b"\r\n") if line)
    return tuple((name, value.strip(b" \t")) for name, _, value in lines)


def text_pairs(pairs: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """*pairs* as text that stands for the bytes."""
    return tuple([(name.decode("ascii"), text_of(value)) for name, value in pairs])


def block_of(pairs: tuple[tuple[bytes, bytes], ...] | list[tuple[bytes, bytes]]) -> bytes:
    """*pairs* as lines."""
    return b"".join([b"%b: %b\r\n" % pair for pair in pairs])


def lines_of(fields: Iterable[tuple[str, str]]) -> bytes:
    """*fields*, text that stands for the bytes, as lines."""
    return bytes_of("".join([f"{name}: {value}\r\n" for name, value in fields]))


def with_host(pairs: tuple[tuple[bytes, bytes], ...] | list[tuple[bytes, bytes]], host: bytes) -> list[tuple[bytes, bytes]]:
    """*pairs* with another host, in the place of the old one."""
    changed = [(name, host if name.lower() == b"host" else value) for name, value in pairs]
    return changed if any(name.lower() == b"host" for name, _ in pairs) else [*changed, (b"Host", host)]


def _read(block: bytes) -> Fields:
    if not BLOCK.fullmatch(block):
        raise RequestError("A header line is not a name, a colon and a value.", code="malformed_head")
    return Fields(pairs_of(block))


_KEPT_UP_TO: Final = 4096
_kept = lru_cache(512)(_read)


@lru_cache(4096)
def _fold(name: bytes) -> str:
    return fold(name.decode("ascii"))


def _length(value: bytes | None) -> int | None:
    if value is None:
        return None
    if not _LENGTH.match(value):
        raise RequestError("The Content-Length is no length.", code="malformed_head")
    return int(value)


def _chunked(value: bytes | None) -> bool:
    if value is not None and value.lower() != b"chunked":
        raise RequestError("The transfer coding is not chunked.", code="malformed_head")
    return value is not None


def _continue(value: bytes | None) -> bool:
    if value is not None and value.lower() != b"100-continue":
        raise RequestError("The Expect header asks for something else than 100-continue.", code="malformed_head")
    return value is not None
