"""``${file:path}``: the content of a file. The path is relative to the file that says it, or begins with ``~/``."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import SecretError
from ..ownership import NotOwn, check_own, read_own
from .source import Holds, Source, SourceMeans
from .text import MAX_BYTES, decoded, filled
from .value import SourceReference

_HINT: Final = "name a file that holds the secret and nothing else"


def lax_mode(path: Path) -> bool:
    """True when users other than its owner may read the file at *path*."""
    try:
        return os.name != "nt" and bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def _accepts(argument: str) -> bool:
    return bool(argument) and "\0" not in argument


def _path(reference: SourceReference, means: SourceMeans) -> Path:
    home = means.environment.get("HOME", "")
    if reference.argument.startswith("~/") and home:
        return Path(home, reference.argument[2:])
    return reference.base_dir / reference.argument


def _touches(reference: SourceReference, means: SourceMeans) -> str:
    return str(_path(reference, means))


def _files(reference: SourceReference, means: SourceMeans) -> tuple[Path, ...]:
    return (_path(reference, means),)


def check_present(path: Path) -> None:
    """See that the file at *path* is there, without reading it.

    Raises:
        SecretError: it is missing, empty, no file, or other users can write to it.
    """
    with _explained(path):
        check_own(path)
        size = path.stat().st_size
    filled("x" * min(size, 1), f"the file {path}")


def _read(reference: SourceReference, means: SourceMeans) -> str:
    path = _path(reference, means)
    with _explained(path):
        data = read_own(path, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise SecretError(f"the file {path} is larger than 1 MiB", hint=_HINT)
    return decoded(data, f"the file {path}")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns the errors of looking at *path* and of reading it into one sentence."""
    try:
        yield
    except NotOwn as error:
        raise SecretError(error.message.rstrip("."), hint=error.hint) from None
    except IsADirectoryError:
        raise SecretError(f"{path} is not a file", hint=_HINT) from None
    except FileNotFoundError:
        raise SecretError(f"there is no file {path}", hint="a path is relative to the file that says it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise SecretError(
            f"the file {path} cannot be read: {reason}", hint=f"look at it with: ls -l {shlex.quote(str(path))}"
        ) from None


FILE: Final = Source(
    kind="file",
    example="${file:path}",
    noun="a file",
    meaning="a file's content, the path relative to the file that says it",
    cheap=True,
    holds=Holds.FILE,
    accepts=_accepts,
    touches=_touches,
    lacks=_read,
    read=_read,
    files=_files,
)
