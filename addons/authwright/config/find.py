"""Finds the configuration file: upward from a folder to its repository's root, then in the user's own folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Final

from ..ownership import is_own

NAME: Final = "authwright.yaml"


def find(start: Path, user_folder: Path | None = None) -> Path | None:
    """The configuration file for the working directory *start*; ``None`` when there is none.

    Args:
        start: the working directory.
        user_folder: the user's configuration folder; by default that of the platform.
    """
    return next((path for path in candidates(start, user_folder) if path.exists() and not path.is_dir()), None)


def candidates(start: Path, user_folder: Path | None = None) -> Iterator[Path]:
    """The candidate paths, in order.

    Outside a repository the search upward ends at the first folder that other users may write in. A file that another user
    left in ``/tmp`` must not decide where a credential goes. A ``.git`` marks a repository only when the user owns it:
    one that another user left in a shared folder must not lengthen the search.
    """
    start = start.absolute()
    folders = (start, *start.parents)
    root = next((index for index, folder in enumerate(folders) if is_own(folder / ".git")), None)
    chosen = folders[: root + 1] if root is not None else (start, *takewhile(_is_own, start.parents))
    for folder in chosen:
        yield folder / NAME
    yield (user_folder or own_folder()) / NAME


def overlay(path: Path) -> Path:
    """The git-ignored file that overlays the file at *path*: ``authwright.local.yaml`` beside it."""
    return path.with_name(f"{path.stem}.local{path.suffix}")


def _is_own(folder: Path) -> bool:
    status = folder.stat()
    return os.name == "nt" or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def own_folder() -> Path:
    """The user's configuration folder on this platform."""
    import platformdirs  # imported late: needed only when no file is nearer

    return Path(platformdirs.user_config_dir("authwright", appauthor=False))
