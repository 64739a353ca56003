"""Which token store there is, and how it is opened: written once, for this process and for the one that refreshes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from ..key import StoreKey
from ..store import Store
from .memory import MemoryStore
from .sqlite import SqliteStore


class StoreKind(NamedTuple):
    """A kind of store.

    Args:
        open: opens the store at a place, with its key.
        shared: True when every process that opens the place sees the same records. Only then another process may refresh.
    """

    open: Callable[[str, StoreKey], Store]
    shared: bool


STORES: Final[Mapping[str, StoreKind]] = {
    "memory": StoreKind(lambda _place, _key: MemoryStore(), shared=False),
    "sqlite": StoreKind(lambda place, key: SqliteStore(Path(place), key), shared=True),
}
"""Every kind of store, by name."""


@dataclass(frozen=True, slots=True)
class Opening:
    """All that a process needs to open the token store.

    Args:
        kind: its key in :data:`STORES`.
        place: where it is: the path of a database, or a server's URL.
        key: the key of its values.
    """

    kind: str
    place: str
    key: StoreKey

    @property
    def shared(self) -> bool:
        """True when another process that opens it sees the same records."""
        return STORES[self.kind].shared

    def open(self) -> Store:
        """Open the store; it is made when there is none. May block.

        Raises:
            AuthwrightError: ``store_unusable``.
        """
        return STORES[self.kind].open(self.place, self.key)
