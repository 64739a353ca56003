"""Encryption of tokens at rest: AES-256-GCM (NIST SP 800-38D), each value bound to the record it belongs to."""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_SIZE: Final = 12


class WrongKey(ValueError):
    """The value was not encrypted with this key for this record, or was changed since."""


class Cipher:
    """Encrypts and decrypts values.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._gcm = AESGCM(key)

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
