"""Cache keys that are made of what the cached checks declare that they read."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import Any, Final

from ...rules.reads import Reads

_ATTRIBUTES: Final = {
    "method": "method",
    "target": "target",
    "path": "path",
    "scheme": "scheme",
    "authority": "authority",
    "http_version": "http10",
}
_HEADERS: Final = {"host": "fields.host"}


def key_of(reads: Reads, *, given: AbstractSet[str], absent: AbstractSet[str] = frozenset()) -> Callable[[Any], Any]:
    """Make the function that gives a request head's cache key: all that *reads* names and that can differ.

    What this module does not know is not left out: then the key is the whole head, or all its fields.

    Args:
        reads: what the checks read whose verdict is cached.
        given: facts that are fixed, or part of the key already.
        absent: headers that no request in the cache has.

    Returns:
        What gives the key of a :class:`~authwright.proxy.http1.head.RequestHead`.
    """
    facts = {_ATTRIBUTES.get(fact, "raw") for fact in reads.facts - given}
    headers = {_HEADERS.get(name, "fields") for name in reads.headers - absent}
    return attrgetter(*sorted(facts | headers or {"http10"}))
