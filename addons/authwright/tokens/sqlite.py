"""A token store on disk: SQLite in WAL mode, durable on return, values encrypted.

What can be read without the key is only what ``authwright tokens`` lists. Whatever is wrong with the file, it is left as
it is: it may hold the only copy of a refresh token.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ..errors import AuthwrightError
from .cipher import Cipher, WrongKey
from .codec import decode, encode, moment, timestamp
from .filelock import locked
from .private import open_private, private_folder, sync_folder, unusable
from .store import Label, Record

VERSION: Final = 1
_APPLICATION: Final = 0x61757468  # "auth"
_BUSY_SECONDS: Final = 10.0
_PROOF: Final = b"authwright"
_PROOF_RECORD: Final = "proof of the key"

_SCHEMA: Final = f"""
CREATE TABLE proof (sealed BLOB NOT NULL);
CREATE TABLE tokens (
    key TEXT PRIMARY KEY, credential TEXT NOT NULL, environment TEXT NOT NULL, grant_type TEXT NOT NULL, host TEXT NOT NULL,
    obtained_at TEXT, expires_at TEXT, has_refresh_token INTEGER NOT NULL, last_used TEXT, refreshing_since TEXT,
    sealed BLOB NOT NULL
) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {VERSION};
"""
_COLUMNS: Final = "key, credential, environment, grant_type, host, last_used, refreshing_since, sealed"


class SqliteStore:
    """Keeps records in the database *path*, in a folder that is the user's alone.

    Args:
        path: the database; made when there is none.
        cipher: encrypts the values.

    Raises:
        AuthwrightError: ``store_unusable``.
    """

    def __init__(self, path: Path, cipher: Cipher) -> None:
        self.path = path
        self._cipher = cipher
        self._mutex = threading.Lock()
        self._locks = path.with_name("locks")
        private_folder(path.parent)
        private_folder(self._locks)
        with self.lock("opening"):
            self._connection = self._open()

    def load(self, key: str) -> Record | None:
        """The record of *key*."""
        rows = self._run(f"SELECT {_COLUMNS} FROM tokens WHERE key = ?", key)  # noqa: S608 - a constant
        return self._record(rows[0]) if rows else None

    def save(self, record: Record) -> None:
        """Keep *record*; on return it is on disk."""
        label, token = record.label, record.token
        self._run(
            "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            record.key,
            label.credential,
            label.environment,
            label.grant,
            urlsplit(label.token_endpoint).netloc or label.token_endpoint,
            timestamp(token.obtained_at),
            timestamp(token.expires_at),
            token.refresh_token is not None,
            timestamp(record.last_used),
            timestamp(record.refreshing_since),
            self._cipher.encrypt(encode(token), record.key),
        )

    def touch(self, key: str, now: datetime) -> None:
        """Remember that *key* was used at *now*."""
        self._run("UPDATE tokens SET last_used = ? WHERE key = ?", timestamp(now), key)

    def delete(self, key: str) -> bool:
        """Forget *key*; whether there was one."""
        return bool(self._run("DELETE FROM tokens WHERE key = ? RETURNING key", key))

    def records(self) -> list[Record]:
        """Every record, by credential and environment."""
        rows = self._run(f"SELECT {_COLUMNS} FROM tokens ORDER BY credential, environment, key")  # noqa: S608 - a constant
        return [self._record(row) for row in rows]

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Holds *key* against every other thread and process."""
        return locked(self._locks / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.lock")

    def close(self) -> None:
        """Close the database; whoever comes later finds it whole."""
        with self._mutex:
            self._connection.close()

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._mutex, self._explained():
            return self._connection.execute(statement, values).fetchall()

    def _record(self, row: tuple[Any, ...]) -> Record:
        key, credential, environment, grant, host, last_used, refreshing_since, sealed = row
        with self._explained():
            token = decode(self._cipher.decrypt(sealed, key))
            label = Label(credential, environment, grant, host)
            return Record(key, label, token, moment(last_used), moment(refreshing_since))

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
            connection.execute("INSERT INTO proof VALUES (?)", (self._cipher.encrypt(_PROOF, _PROOF_RECORD),))
            connection.execute("COMMIT")

    def _check(self, connection: sqlite3.Connection, version: int) -> None:
        if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION or version > VERSION:
            raise unusable(
                f"{self.path} was not written by this version of authwright.",
                "Use a newer authwright, or another AUTHWRIGHT_HOME",
            )
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check")
        self._cipher.decrypt(connection.execute("SELECT sealed FROM proof").fetchone()[0], _PROOF_RECORD)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns what SQLite and the cipher raise into one sentence."""
        try:
            yield
        except AuthwrightError:
            raise
        except WrongKey:
            raise unusable(
                f"{self.path} was encrypted with another key than the one beside it.",
                "Put the right tokens.key back, or move tokens.db away and sign in again",
            ) from None
        except sqlite3.OperationalError as error:
            raise unusable(f"{self.path} cannot be used: {error}.", "Make room, or make it writable") from None
        except (sqlite3.Error, ValueError, KeyError, TypeError):
            raise unusable(f"{self.path} is damaged.", "Put a backup back, or move tokens.db away and sign in again") from None
