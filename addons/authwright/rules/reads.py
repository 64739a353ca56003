"""The declaration of what a check reads of a request. Caches and shortcuts learn from it what may differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce


@dataclass(frozen=True, slots=True)
class Reads:
    """All that a check reads. Two requests that agree in all of it get the same verdict.

    Args:
        facts: names of attributes, of a request or of a guard's claims: ``origin``, ``method``, ``path``, ``sni`` …
        headers: names of header fields, in lower case.
    """

    facts: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *facts: str, headers: Iterable[str] = ()) -> Reads:
        """Declare that a check reads these *facts* and *headers*."""
        return cls(frozenset(facts), frozenset(name.lower() for name in headers))

    def __or__(self, other: Reads) -> Reads:
        return Reads(self.facts | other.facts, self.headers | other.headers)


def union(several: Iterable[Reads]) -> Reads:
    """Join what *several* checks read."""
    return reduce(Reads.__or__, several, Reads())
