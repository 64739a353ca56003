"""Files and folders that only their owner can read: 0600 in 0700, made so from the first byte, and refused otherwise.

Nothing here follows a link or waits for a named pipe: a file is opened without either, and looked at once it is open.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..errors import AuthwrightError

UNUSABLE: Final = "store_unusable"

_OTHERS: Final = 0o077
_FLAGS: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def unusable(sentence: str, hint: str) -> AuthwrightError:
    """The error for a token store that cannot or must not be used."""
    return AuthwrightError(sentence, code=UNUSABLE, hint=hint)


def private_folder(path: Path) -> None:
    """Make the folder *path*, 0700, or see that it is one.

    Raises:
        AuthwrightError: it cannot be made, is a link, belongs to someone else, or others may enter it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        _check(path, path.lstat(), stat.S_ISDIR, "folder", "700")
    except OSError as error:
        raise _failed(path, error) from None


def open_private(path: Path, flags: int) -> int:
    """A descriptor of the file *path*; with ``O_CREAT`` in *flags* it is made with mode 0600.

    Raises:
        AuthwrightError: it cannot be opened, is a link, belongs to someone else, or others may read it.
        FileExistsError, FileNotFoundError: as the flags ask for.
    """
    try:
        descriptor = os.open(path, flags | _FLAGS, 0o600)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError as error:
        raise _failed(path, error) from None
    try:
        _check(path, os.fstat(descriptor), stat.S_ISREG, "file", "600")
    except AuthwrightError:
        os.close(descriptor)
        raise
    return descriptor


def read_private(path: Path, limit: int) -> bytes:
    """The first *limit* bytes of the file *path*.

    Raises:
        AuthwrightError: as :func:`open_private`.
        FileNotFoundError: there is none.
    """
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        return file.read(limit)


def check_private(path: Path) -> None:
    """See that the file *path*, which another library opens, is the owner's alone; none at all is fine.

    Raises:
        AuthwrightError: it is a link or no regular file, belongs to someone else, or others may read it.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _failed(path, error) from None
    _check(path, status, stat.S_ISREG, "file", "600")


def write_new(path: Path, content: bytes) -> None:
    """Make the file *path* with *content*, whole or not at all; no reader ever sees a part of it.

    Raises:
        FileExistsError: another process was first.
        AuthwrightError: it cannot be made.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
        sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise _failed(path, error) from None
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Make the names in *path* outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(path: Path, status: os.stat_result, of_kind: Callable[[int], bool], kind: str, mode: str) -> None:
    if not of_kind(status.st_mode):
        raise unusable(f"{path} is not a {kind} of its own.", "Move it away, or set AUTHWRIGHT_HOME to another folder")
    if status.st_uid != os.geteuid():
        raise unusable(f"{path} belongs to another user.", "Set AUTHWRIGHT_HOME to a folder of your own")
    if status.st_mode & _OTHERS:
        raise unusable(f"{path} can be reached by other users.", f"chmod {mode} {path}")


def _failed(path: Path, error: OSError) -> AuthwrightError:
    return unusable(
        f"{path} cannot be used: {error.strerror}.", "Set AUTHWRIGHT_HOME to a folder of your own that can be written"
    )
