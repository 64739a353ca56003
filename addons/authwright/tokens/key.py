"""Finds or makes the key of the token store.

``tokens.key`` stands beside the database. It holds the key itself, or says who does: the operating system's keyring, when
there was one as the store was made, or a passphrase (scrypt, RFC 7914), for machines without a keyring that can be unlocked.
What it says is final: a store never changes its key by itself.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..errors import AuthwrightError
from ..octets import bytes_of
from ..secret import Secret
from .private import private_folder, read_private, unusable, write_new

KEY_FILE: Final = "tokens.key"
KEY_SIZE: Final = 32
_KEYRING: Final = b"keyring "
_PASSPHRASE: Final = b"passphrase "
_SERVICE: Final = "authwright"
_LONGEST: Final = 100
_AGAIN: Final = "or move tokens.db and tokens.key away and sign in again"


@dataclass(frozen=True, slots=True, repr=False)
class StoreKey:
    """A key, and a word on where it comes from: ``file``, ``keyring`` or ``passphrase``."""

    value: bytes
    source: str

    def __repr__(self) -> str:
        return f"Key({self.source})"


def key_of(home: Path, passphrase: Secret | None = None, keyring: Callable[[], Any] = lambda: None) -> StoreKey:
    """The key of the store in *home*; one is made when there is none yet.

    Args:
        home: the folder of the store.
        passphrase: what the key is made from, where the user gave one.
        keyring: gives the operating system's keyring, or ``None``; called only when it is needed.

    Raises:
        AuthwrightError: ``store_unusable``; the folder or the file is not the user's alone, or the key is not to be had.
    """
    private_folder(home)
    path = home / KEY_FILE
    try:
        content = read_private(path, _LONGEST)
    except FileNotFoundError:
        with suppress(FileExistsError):  # another process was first: its key counts
            write_new(path, _new(passphrase, keyring))
        content = read_private(path, _LONGEST)
    return _key(path, content, passphrase, keyring)


def system_keyring() -> Any:
    """The operating system's keyring by the package ``keyring``; ``None`` where there is none that keeps secrets safe."""
    try:
        import keyring

        ring = keyring.get_keyring()
        keeps = ring.priority >= 1  # less is a file, or a backend that only fails
    except Exception:  # noqa: BLE001 - not installed, or each system's backend raises what it likes: then there is none
        return None
    return ring if keeps else None


def _new(passphrase: Secret | None, keyring: Callable[[], Any]) -> bytes:
    """The content of a new key file."""
    if passphrase is not None:
        return _PASSPHRASE + os.urandom(16).hex().encode()
    key = os.urandom(KEY_SIZE)
    if (ring := keyring()) is not None:
        name = os.urandom(8).hex()
        with suppress(Exception):  # a keyring that stays locked is none
            ring.set_password(_SERVICE, f"tokens {name}", base64.b64encode(key).decode("ascii"))
            return _KEYRING + name.encode()
    return key


def _key(path: Path, content: bytes, passphrase: Secret | None, keyring: Callable[[], Any]) -> StoreKey:
    if content.startswith(_PASSPHRASE) and len(content) != KEY_SIZE:
        return StoreKey(_derived(path, content, passphrase), "passphrase")
    if passphrase is not None:
        raise unusable(
            f"{path.parent} was made without a passphrase, and AUTHWRIGHT_PASSPHRASE is set.",
            f"unset AUTHWRIGHT_PASSPHRASE, {_AGAIN}",
        )
    if content.startswith(_KEYRING) and len(content) != KEY_SIZE:
        return StoreKey(_from_keyring(path, content.removeprefix(_KEYRING).decode("ascii", "replace"), keyring), "keyring")
    if len(content) != KEY_SIZE:
        raise unusable(f"{path} is not a key: it must be {KEY_SIZE} bytes long.", f"Put the right file back, {_AGAIN}")
    return StoreKey(content, "file")


def _derived(path: Path, content: bytes, passphrase: Secret | None) -> bytes:
    if passphrase is None:
        raise unusable(f"{path.parent} is locked with a passphrase.", f"Set AUTHWRIGHT_PASSPHRASE, {_AGAIN}")
    salt = content.removeprefix(_PASSPHRASE)
    word = bytes_of(passphrase.reveal())
    return hashlib.scrypt(word, salt=salt, n=1 << 15, r=8, p=1, maxmem=1 << 26, dklen=KEY_SIZE)


def _from_keyring(path: Path, name: str, keyring: Callable[[], Any]) -> bytes:
    ring = keyring()
    if ring is None:
        raise _no_key(path, "and there is no keyring here", 'Install "authwright[keyring]" and unlock the keyring')
    try:
        text = ring.get_password(_SERVICE, f"tokens {name}")
    except Exception as error:  # noqa: BLE001 - each system's keyring raises what it likes, and its text may quote anything
        raise _no_key(path, f"which cannot be read ({type(error).__name__})", "Unlock the keyring") from None
    if text is None:
        raise _no_key(path, "which no longer has it", "Restore the keyring")
    return base64.b64decode(text)


def _no_key(path: Path, what: str, hint: str) -> AuthwrightError:
    return unusable(f"The key of {path.parent} is in the keyring, {what}.", f"{hint}, {_AGAIN}")
