"""PEM files that rules name, read when they are used: a certificate that was renewed is presented by the next request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from ..errors import AuthwrightError
from ..octets import text_of
from ..ownership import NotFile, NotOwn, read_own

_LARGEST: Final = 1 << 20
_MOST: Final = 256


class _Read(NamedTuple):
    stamp: tuple[int, ...]
    text: str


_read: dict[str, _Read] = {}


def pem_text(text: str) -> str:
    """The PEM in *text*, or in the file that *text* names; the file is read again when it is another one than before.

    Args:
        text: PEM, or the path of a file; empty for none.

    Raises:
        AuthwrightError: ``client_certificate``; other users can write to the file.
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
        found = _read[text] = _Read(stamp, text_of(_content(path)))
    return found.text


def _content(path: Path) -> bytes:
    """The content of a regular file of the user's; a named pipe is not waited for."""
    try:
        content = read_own(path, _LARGEST)
    except NotFile:
        raise ValueError(f"{path} is not a PEM file") from None
    except NotOwn as error:
        raise AuthwrightError(error.message, code="client_certificate", hint=error.hint) from None
    if len(content) > _LARGEST:
        raise ValueError(f"{path} is not a PEM file")
    return content


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
