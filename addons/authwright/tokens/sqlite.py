"""A token store on disk: SQLite in WAL mode, durable on return, values encrypted.

What can be read without the key is only what ``authwright tokens`` lists. Whatever is wrong with the file, it is left as
it is: it may hold the only copy of a refresh token. Of each token the one before it is kept too, and used where the newest
was damaged: many servers still take its refresh token.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from ..errors import AuthwrightError
from .backoff import Failure
from .cipher import Cipher, WrongKey
from .codec import decode, encode, moment, timestamp
from .filelock import locked
from .key import StoreKey
from .portable import dump, load
from .private import open_private, private_folder, sync_folder, unusable
from .store import Label, Record

VERSION: Final = 2
_APPLICATION: Final = 0x61757468  # "auth"
_BUSY_SECONDS: Final = 10.0
_PROOF: Final = b"authwright"
_PROOF_RECORD: Final = "proof of the key"

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
_SAVE: Final = """
INSERT INTO tokens VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL)
ON CONFLICT (key) DO UPDATE SET
    credential = ?2, environment = ?3, grant_type = ?4, host = ?5, obtained_at = ?6, expires_at = ?7, has_refresh_token = ?8,
    last_used = ?9, refreshing_since = ?10, sealed = ?11,
    previous = CASE WHEN obtained_at IS ?6 THEN previous ELSE sealed END
"""
_COLUMNS: Final = "key, credential, environment, grant_type, host, last_used, refreshing_since, sealed, previous"
_KEYS: Final = {
    "file": ("the one beside it", "Put the right tokens.key back"),
    "keyring": ("the one in the keyring", "Put the right tokens.key back"),
    "passphrase": ("the one that AUTHWRIGHT_PASSPHRASE makes", "Set the right passphrase"),
}


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
        self._key = key
        self._cipher = Cipher(key.value)
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
            _SAVE,
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

    def fail(self, key: str, failure: Failure | None) -> None:
        """Remember how the last attempt for *key* failed, or that it did not."""
        if failure is None:
            self._run("DELETE FROM failures WHERE key = ?", key)
        else:
            sealed = self._cipher.encrypt(dump(failure), f"failure {key}")
            self._run("INSERT OR REPLACE INTO failures VALUES (?, ?)", key, sealed)

    def failure(self, key: str) -> Failure | None:
        """How the last attempt for *key* failed, when it did."""
        rows = self._run("SELECT sealed FROM failures WHERE key = ?", key)
        with suppress(ValueError):  # damaged, or of another version: nothing depends on it
            return cast("Failure", load(self._cipher.decrypt(rows[0][0], f"failure {key}"))) if rows else None
        return None

    def delete(self, key: str) -> bool:
        """Forget *key*; whether there was one."""
        self.fail(key, None)
        return bool(self._run("DELETE FROM tokens WHERE key = ? RETURNING key", key))

    def records(self) -> list[Record]:
        """Every record, by credential and environment."""
        rows = self._run(f"SELECT {_COLUMNS} FROM tokens ORDER BY credential, environment, key")  # noqa: S608 - a constant
        return [self._record(row) for row in rows]

    def version(self) -> int:
        """Another number than before when another process has written since (sqlite.org/pragma.html#pragma_data_version)."""
        return int(self._run("PRAGMA data_version")[0][0])

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
        key, credential, environment, grant, host, last_used, refreshing_since, *generations = row
        with self._explained():
            token = decode(self._newest(key, generations))
            label = Label(credential, environment, grant, host)
            return Record(key, label, token, moment(last_used), moment(refreshing_since))

    def _newest(self, key: str, generations: Iterable[bytes | None]) -> bytes:
        """The newest generation that was not damaged."""
        for sealed in generations:
            if sealed is not None:
                with suppress(WrongKey):
                    return self._cipher.decrypt(sealed, key)
        raise ValueError("damaged")

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
        self._cipher.decrypt(connection.execute("SELECT sealed FROM proof").fetchone()[0], _PROOF_RECORD)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns what SQLite and the cipher raise into one sentence."""
        try:
            yield
        except AuthwrightError:
            raise
        except WrongKey:
            where, hint = _KEYS[self._key.source]
            raise unusable(
                f"{self.path} was encrypted with another key than {where}.",
                f"{hint}, or move tokens.db and tokens.key away and sign in again",
            ) from None
        except sqlite3.OperationalError as error:
            raise unusable(f"{self.path} cannot be used: {error}.", "Make room, or make it writable") from None
        except (sqlite3.Error, ValueError, KeyError, TypeError):
            raise unusable(f"{self.path} is damaged.", "Put a backup back, or move tokens.db away and sign in again") from None
