"""A token store on disk: SQLite in WAL mode, durable on return.

Whatever is wrong with the file, the store leaves it as it is: it may hold the only copy of a refresh token.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import astuple, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ..backoff import Failure
from ..filelock import locked
from ..key import StoreKey
from ..private import check_private, open_private, private_folder, sync_folder, unusable
from ..store import Record
from .codec import timestamp
from .sealing import SealedRecord, Sealing, damaged

VERSION: Final = 2
_APPLICATION: Final = 0x61757468  # "auth"
_BUSY_SECONDS: Final = 10.0

_SCHEMA: Final = f"""
CREATE TABLE proof (sealed BLOB NOT NULL);
CREATE TABLE tokens (
    key TEXT PRIMARY KEY, credential TEXT NOT NULL, environment TEXT NOT NULL, grant_type TEXT NOT NULL, host TEXT NOT NULL,
    obtained_at TEXT, expires_at TEXT, has_refresh_token INTEGER NOT NULL, last_used TEXT, refreshing_since TEXT,
    sealed BLOB NOT NULL, previous BLOB
) WITHOUT ROWID;
CREATE TABLE failures (key TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {VERSION};
"""
_FROM_1: Final = f"""
ALTER TABLE tokens ADD COLUMN previous BLOB;
CREATE TABLE failures (key TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""
_COLUMNS: Final = ", ".join(field.name for field in fields(SealedRecord))
_SAVE: Final = f"INSERT OR REPLACE INTO tokens ({_COLUMNS}) VALUES ({', '.join('?' for _ in fields(SealedRecord))})"  # noqa: S608 - a constant


class SqliteStore:
    """Keeps records in the database *path*, in a folder that is the user's alone.

    Args:
        path: the database; made when there is none.
        key: of the values.

    Raises:
        AuthwrightError: ``store_unusable``.
    """

    def __init__(self, path: Path, key: StoreKey) -> None:
        self.path = path
        self._sealing = Sealing(key)
        self._mutex = threading.Lock()
        self._locks = path.with_name("locks")
        private_folder(path.parent)
        private_folder(self._locks)
        with self.lock("opening"):
            self._connection = self._open()

    def load(self, key: str) -> Record | None:
        """The record of *key*."""
        with self._mutex, self._explained():
            sealed = self._sealed(key)
            return None if sealed is None else self._sealing.open(sealed)

    def save(self, record: Record) -> None:
        """Keep *record*; on return it is on disk."""
        sealed = self._sealing.seal(record)
        with self._mutex, self._explained(), self._transaction():
            self._connection.execute(_SAVE, astuple(sealed.after(self._sealed(record.key))))

    def touch(self, key: str, now: datetime) -> None:
        """Remember that *key* was used at *now*."""
        self._run("UPDATE tokens SET last_used = ? WHERE key = ?", timestamp(now), key)

    def fail(self, key: str, failure: Failure | None) -> None:
        """Remember how the last attempt for *key* failed, or that it did not."""
        if failure is None:
            self._run("DELETE FROM failures WHERE key = ?", key)
        else:
            self._run("INSERT OR REPLACE INTO failures VALUES (?, ?)", key, self._sealing.seal_failure(key, failure))

    def failure(self, key: str) -> Failure | None:
        """How the last attempt for *key* failed, when it did."""
        rows = self._run("SELECT sealed FROM failures WHERE key = ?", key)
        return self._sealing.open_failure(key, rows[0][0]) if rows else None

    def delete(self, key: str) -> bool:
        """Forget *key*; whether there was one."""
        self.fail(key, None)
        return bool(self._run("DELETE FROM tokens WHERE key = ? RETURNING key", key))

    def records(self) -> list[Record]:
        """Every record, by credential and environment."""
        rows = self._run(f"SELECT {_COLUMNS} FROM tokens ORDER BY credential, environment, key")  # noqa: S608 - a constant
        with self._explained():
            return [self._sealing.open(SealedRecord(*row)) for row in rows]

    def version(self) -> int:
        """Another number than before when another process has written since (sqlite.org/pragma.html#pragma_data_version)."""
        return int(self._run("PRAGMA data_version")[0][0])

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Holds *key* against every other thread and process."""
        return locked(self._locks / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.lock")

    def close(self) -> None:
        """Close the database; the next process finds it whole."""
        with self._mutex:
            self._connection.close()

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._mutex, self._explained():
            return self._connection.execute(statement, values).fetchall()

    def _sealed(self, key: str) -> SealedRecord | None:
        row = self._connection.execute(f"SELECT {_COLUMNS} FROM tokens WHERE key = ?", (key,)).fetchone()  # noqa: S608 - a constant
        return None if row is None else SealedRecord(*row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All that is written within, or nothing; other processes wait."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # some errors have ended it already
                self._connection.execute("ROLLBACK")
            raise

    def _open(self) -> sqlite3.Connection:
        self._make_file()
        with self._explained():
            connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    def _make_file(self) -> None:
        try:
            descriptor = open_private(self.path, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError as error:
            raise unusable(f"{self.path} cannot be made: {error.strerror}.", "Set AUTHWRIGHT_HOME to another folder") from None
        os.close(descriptor)
        for suffix in ("-wal", "-shm", "-journal"):  # never opened here: closing one would give up SQLite's locks on it
            check_private(self.path.with_name(self.path.name + suffix))
        sync_folder(self.path.parent)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not empty:
            self._check(connection, version)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        if empty:
            connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}")
            connection.execute("INSERT INTO proof VALUES (?)", (self._sealing.proof(),))
            connection.execute("COMMIT")
        elif version < VERSION:
            connection.executescript(f"BEGIN IMMEDIATE;{_FROM_1}COMMIT;")

    def _check(self, connection: sqlite3.Connection, version: int) -> None:
        if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION or version > VERSION:
            raise unusable(
                f"{self.path} was not written by this version of authwright.",
                "Use a newer authwright, or another AUTHWRIGHT_HOME",
            )
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check")
        self._sealing.check(connection.execute("SELECT sealed FROM proof").fetchone()[0])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite and the sealing raise into one sentence."""
        try:
            with self._sealing.explained(str(self.path), self.path.name):
                yield
        except sqlite3.OperationalError as error:
            raise unusable(f"{self.path} cannot be used: {error}.", "Make room, or make it writable") from None
        except sqlite3.Error:
            raise damaged(str(self.path), self.path.name) from None
