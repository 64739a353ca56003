"""What must hold of one exchange that was seen through both engines, in whatever mode they ran."""

from __future__ import annotations

from collections.abc import Mapping

from tests.proxy.differential import malformed
from tests.proxy.differential.engines import TOKEN
from tests.proxy.differential.exchange import HANGS, Exchange, Seen
from tests.proxy.differential.same import same

type Both = Mapping[str, Seen]
"""By the engine's name."""


def check_same(exchange: Exchange, seen: Both) -> None:
    """Both did the same, or ours what *exchange* says of it."""
    fast = seen["auto"]
    assert HANGS not in b"".join([fast.answered, *fast.received])
    if exchange.answered:
        assert fast.answered == exchange.answered
    else:
        assert same(fast) == same(seen["stock"])


def check_credentials(seen: Both) -> None:
    """Every request that reached the origin has the token, but for those to the two paths that no credential is for."""
    for engine, each in seen.items():
        for received in each.received:
            without = received.count(b" /bare/") + received.count(b" /free/")
            assert received.count(b" HTTP/1.") == received.count(TOKEN.encode()) + without, engine


def check_not_alone(seen: Both) -> None:
    """What is malformed did not reach the origin whole by our engine alone."""
    passed = {engine for engine, each in seen.items() if any(map(malformed.whole, each.received))}
    assert passed in (set(), {"stock"}, {"stock", "auto"})


def check_refused(seen: Both) -> None:
    """Our engine refused the head, and said so."""
    fast = seen["auto"]
    assert fast.received == []
    assert HANGS not in fast.answered
    assert fast.answered.split(b" ")[1] in (b"400", b"403", b"421")
    assert b"\r\nAuthwright-Error: " in fast.answered
