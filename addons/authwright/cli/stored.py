"""The records of the token store, chosen by name; a store that is not there yet is an empty one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

from .configuration import unknown

if TYPE_CHECKING:
    from ..tokens.backoff import Failure
    from ..tokens.store import Record


def stored() -> list[Record]:
    """Every record, by credential and environment."""
    from ..assembly import has_store, home_dir, open_store

    home = home_dir()
    if not has_store(home):
        return []
    with closing(open_store(home)) as store:
        return sorted(store.records(), key=lambda record: (record.label.credential, record.label.environment))


def failures(records: Iterable[Record]) -> dict[str, Failure]:
    """How the last attempt for each of *records* failed, by key, where it did."""
    from ..assembly import home_dir, open_store

    wanted = [record.key for record in records]
    if not wanted:
        return {}
    with closing(open_store(home_dir())) as store:
        return {key: failure for key in wanted if (failure := store.failure(key)) is not None}


def matching(records: Iterable[Record], name: str | None, environment: str | None) -> list[Record]:
    """The records of a credential and an environment, each where it is said.

    Raises:
        NotFound: no record at all is of that name.
    """
    held = list(records)
    names = {record.label.credential for record in held}
    if name is not None and held and name not in names:
        raise unknown(name, names)
    return [
        record for record in held if name in (None, record.label.credential) and environment in (None, record.label.environment)
    ]


def forget(records: Iterable[Record]) -> int:
    """Delete *records*; how many there were."""
    from ..assembly import home_dir, open_store

    with closing(open_store(home_dir())) as store:
        return sum(store.delete(record.key) for record in records)
