"""Header fields that are between two hops and go no further (RFC 9110 section 7.6.1).

They are taken off the client's request before anything is put on it, so a ``Connection: Authorization`` can take away
what the client sent, never what a rule adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

type FieldLines = tuple[tuple[bytes, bytes], ...]

_ALWAYS: Final = frozenset((b"connection", b"keep-alive", b"te", b"upgrade"))
_MEANT_FOR_THE_END: Final = frozenset(
    (b"host", b"content-length", b"transfer-encoding", b"connection", b"upgrade", b"expect", b"close", b"keep-alive")
)
"""Named in ``Connection`` they say how this connection is used, or frame the message: they are looked at on their own."""

_STILL_HTTP: Final = (b"h2c", b"http/", b"tls/")

_NOT_AT_THE_END: Final = (_ALWAYS | _MEANT_FOR_THE_END).union(
    (b"authorization", b"cookie", b"trailer", b"content-encoding", b"content-type", b"content-range"),
)


class Forwardable(NamedTuple):
    """The client's header fields that go on, and whether the client wants its connection closed afterwards."""

    fields: FieldLines
    close: bool


def forwardable(fields: Sequence[tuple[bytes, bytes]]) -> Forwardable:
    """The end-to-end fields of a request, order and case kept.

    ``TE: trailers`` stays, since trailers do pass; ``Upgrade`` stays with a ``Connection`` that names it alone, since a
    WebSocket handshake (RFC 6455 section 4.1) is an agreement of both ends. An upgrade to HTTP in another form goes no further:
    its requests would pass unguarded.
    """
    options = _tokens(fields, b"connection")
    named = options - _MEANT_FOR_THE_END
    wanted = _tokens(fields, b"upgrade")
    upgrade = b"upgrade" in options and bool(wanted) and not any(token.startswith(_STILL_HTTP) for token in wanted)
    announced = False
    kept: list[tuple[bytes, bytes]] = []
    for name, value in fields:
        lower = name.lower()
        if lower.startswith(b"proxy-") or (lower in named and lower not in _ALWAYS):
            continue
        if lower == b"connection":
            if upgrade and not announced:
                announced = True
                kept.append((name, b"Upgrade"))
        elif lower == b"te":
            if b"trailers" in _tokens(fields, b"te"):
                kept.append((name, b"trailers"))
        elif lower not in _ALWAYS or (upgrade and lower == b"upgrade"):
            kept.append((name, value))
    return Forwardable(tuple(kept), b"close" in options)


def trailers(fields: Sequence[tuple[bytes, bytes]]) -> FieldLines:
    """The trailers of a message that go on.

    A server may merge them into the head, so none may frame, route or authenticate (RFC 9110 section 6.5.1).
    """
    return tuple(field for field in fields if (name := field[0].lower()) not in _NOT_AT_THE_END and name[:6] != b"proxy-")


def _tokens(fields: Sequence[tuple[bytes, bytes]], wanted: bytes) -> set[bytes]:
    values = (value for name, value in fields if name.lower() == wanted)
    return {token.strip(b" \t").lower() for value in values for token in value.split(b",")}
