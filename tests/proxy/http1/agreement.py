"""What must hold of every message: it is read as h11 and llhttp read it, or refused; and a sound one is read."""

from __future__ import annotations

from collections.abc import Callable

from tests.proxy.http1 import readers
from tests.proxy.http1.generated import Generated
from tests.proxy.http1.readers import Message, Refused


def agree_on_request(generated: Generated) -> None:
    _agree(generated, readers.our_request, {"h11": readers.h11_request, "llhttp": readers.llhttp_request})


def agree_on_response(generated: Generated) -> None:
    _agree(
        generated,
        lambda pieces: readers.our_response(pieces, b"GET"),
        {"h11": lambda pieces: readers.h11_response(pieces, b"GET"), "llhttp": readers.llhttp_response},
    )


def _agree(generated: Generated, ours: Callable[..., Message], others: dict[str, Callable[..., Message]]) -> None:
    try:
        read = ours(generated.pieces)
    except Refused as refused:
        if generated.sound:
            raise AssertionError(f"refused though nothing is wrong with it: {refused}") from None
        return
    if generated.sound:
        assert (read.content, read.rest) == (generated.content, generated.next)
    whole = ours((generated.raw,))
    assert read == whole, "another reading in one piece"
    for name, reader in others.items():
        try:
            other = reader(generated.pieces)
        except Refused as refused:
            raise AssertionError(f"{name} refuses what passes: {refused}") from None
        if other is None:
            continue
        assert read.first == other.first, name
        assert read.content == other.content, name
        assert other.rest in (None, read.rest), name
