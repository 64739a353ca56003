"""A token store that forgets when the process ends."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

from ..backoff import Failure
from ..store import Record


class MemoryStore:
    """Keeps records in memory; its locks hold between threads."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._failures: dict[str, Failure] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def load(self, key: str) -> Record | None:
        """The record of *key*."""
        return self._records.get(key)

    def save(self, record: Record) -> None:
        """Keep *record*."""
        self._records[record.key] = record

    def touch(self, key: str, now: datetime) -> None:
        """Remember that *key* was used at *now*."""
        if record := self._records.get(key):
            self._records[key] = replace(record, last_used=now)

    def fail(self, key: str, failure: Failure | None) -> None:
        """Remember how the last attempt for *key* failed, or that it did not."""
        if failure is None:
            self._failures.pop(key, None)
        else:
            self._failures[key] = failure

    def failure(self, key: str) -> Failure | None:
        """How the last attempt for *key* failed, when it did."""
        return self._failures.get(key)

    def delete(self, key: str) -> bool:
        """Forget *key*; whether there was one."""
        self.fail(key, None)
        return self._records.pop(key, None) is not None

    def records(self) -> list[Record]:
        """Every record, by credential and environment."""
        return sorted(self._records.values(), key=lambda r: (r.label.credential, r.label.environment, r.key))

    def version(self) -> int:
        """Always the same: no other process writes."""
        return 0

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Holds *key* against every other thread."""
        return self._locks[key]

    def close(self) -> None:
        """Nothing to let go of."""
