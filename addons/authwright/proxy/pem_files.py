"""PEM files that rules name, read when they are used: a certificate that was renewed is presented by the next request."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final, NamedTuple

_LARGEST: Final = 1 << 20
_MOST: Final = 256
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)


class _Read(NamedTuple):
    stamp: tuple[int, ...]
    text: str


_read: dict[str, _Read] = {}


def pem_text(text: str) -> str:
    """The PEM in *text*, or in the file that *text* names; the file is read again when it is another one than before.

    Args:
        text: PEM, or the path of a file; empty for none.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no regular file, or larger than 1 MiB.
    """
    if not text or "-----BEGIN" in text:
        return text
    path = Path(text).expanduser()
    stamp = _stamp(path.stat())
    found = _read.get(text)
    if found is None or found.stamp != stamp:
        if len(_read) >= _MOST:
            _read.clear()
        # The stamp is older than what is read: a file that changes meanwhile is read once more.
        found = _read[text] = _Read(stamp, _content(path).decode("utf-8", "surrogateescape"))
    return found.text


def _content(path: Path) -> bytes:
    """The content of a regular file; a named pipe is not waited for."""
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise ValueError(f"{path} is not a PEM file")
        return file.read(_LARGEST)


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
