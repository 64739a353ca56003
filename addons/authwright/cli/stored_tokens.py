"""The records of the token store, chosen by name; a store that is not there yet is an empty one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from ..errors import AuthwrightError
from .configuration import unknown

if TYPE_CHECKING:
    from ..flow.protocols import Grant
    from ..flow.token import Token
    from ..tokens.backoff import Failure
    from ..tokens.store import Record, Store


@contextmanager
def opened_store() -> Iterator[Store | None]:
    """The user's token store for as long as this lasts; ``None`` where none was made yet."""
    from ..assembly import has_store, home_dir, open_store

    home = home_dir()
    if not has_store(home):
        yield None
        return
    with closing(open_store(home)) as store:
        yield store


def stored() -> list[Record]:
    """Every record, by credential and environment."""
    with opened_store() as store:
        records = store.records() if store else ()
        return sorted(records, key=lambda record: (record.label.credential, record.label.environment))


def failures(records: Iterable[Record]) -> dict[str, Failure]:
    """How the last attempt for each of *records* failed, by key, where it did."""
    wanted = [record.key for record in records]
    with opened_store() as store:
        return {key: failure for key in wanted if store and (failure := store.failure(key)) is not None}


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
    with opened_store() as store:
        return sum(store.delete(record.key) for record in records) if store else 0


@contextmanager
def valid_tokens() -> Iterator[Callable[[Grant], Token | None]]:
    """Looks up, for as long as this lasts, the stored token of a grant: ``None`` where none is good now."""
    from ..ambient import SystemAmbient

    now = SystemAmbient().now()
    with opened_store() as store:

        def held(grant: Grant) -> Token | None:
            try:
                record = store.load(grant.key) if store else None
            except AuthwrightError:
                return None
            ended = record is None or (record.token.expires_at is not None and record.token.expires_at <= now)
            return None if record is None or ended else record.token

        yield held
