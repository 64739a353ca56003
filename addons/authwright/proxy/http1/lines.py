"""Header fields as lines (RFC 9112 section 5), as pairs, and as text that stands for the bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ...octets import text_of
from ...wire.grammar import FIELD_CHAR, TCHAR

type FieldPairs = tuple[tuple[bytes, bytes], ...]

BLOCK: Final = re.compile(rf"(?:{TCHAR}++:{FIELD_CHAR}*+\r\n)*+".encode())
"""Field lines, each with its line end."""
MOST_FIELDS: Final = 1000
"""Field lines of a head, at most."""


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


def with_host(pairs: tuple[tuple[bytes, bytes], ...] | list[tuple[bytes, bytes]], host: bytes) -> list[tuple[bytes, bytes]]:
    """*pairs* with another host, in the place of the old one."""
    changed = [(name, host if name.lower() == b"host" else value) for name, value in pairs]
    return changed if any(name.lower() == b"host" for name, _ in pairs) else [*changed, (b"Host", host)]
