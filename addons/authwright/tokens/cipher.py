"""Encryption of tokens at rest: AES-256-GCM (NIST SP 800-38D), each value bound to the record it belongs to.

The key lies in a file of its own beside the store. It keeps tokens out of backups and copies of the database alone; who
can read the whole folder is the user.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .private import open_private, private_folder, unusable, write_new

KEY_FILE: Final = "tokens.key"
_KEY_SIZE: Final = 32
_NONCE_SIZE: Final = 12


class WrongKey(ValueError):
    """The value was not encrypted with this key for this record, or was changed since."""


class Cipher:
    """Encrypts and decrypts values.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._gcm = AESGCM(key)

    @classmethod
    def of_home(cls, home: Path) -> Cipher:
        """The cipher whose key lies in *home*; the key is made when there is none yet.

        Raises:
            AuthwrightError: ``store_unusable``; the folder or the file is not the user's alone, or holds no key.
        """
        private_folder(home)
        path = home / KEY_FILE
        try:
            return cls(_read(path))
        except FileNotFoundError:
            pass
        with suppress(FileExistsError):  # another process was first: its key counts
            write_new(path, os.urandom(_KEY_SIZE))
        return cls(_read(path))

    def encrypt(self, value: bytes, record: str) -> bytes:
        """*value* for the record called *record*, under a nonce of its own."""
        nonce = os.urandom(_NONCE_SIZE)
        return nonce + self._gcm.encrypt(nonce, value, record.encode())

    def decrypt(self, sealed: bytes, record: str) -> bytes:
        """The value again.

        Raises:
            WrongKey: another key, another record, or changed bytes.
        """
        try:
            return self._gcm.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], record.encode())
        except (InvalidTag, ValueError):
            raise WrongKey from None


def _read(path: Path) -> bytes:
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        key = file.read(_KEY_SIZE + 1)
    if len(key) != _KEY_SIZE:
        raise unusable(
            f"{path} is not a key: it must be {_KEY_SIZE} bytes long.",
            "Put the right file back, or move tokens.db and tokens.key away and sign in again",
        )
    return key
