"""Where the configuration file is looked for: upward from a folder to its repository's root, then the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

NAME: Final = "authwright.yaml"
OVERLAY: Final = "authwright.local.yaml"


def find(start: Path, user_folder: Path | None = None) -> Path | None:
    """The configuration file for who works in *start*; ``None`` when there is none.

    Args:
        start: the working directory.
        user_folder: the user's configuration folder; by default that of the platform.
    """
    return next((path for path in candidates(start, user_folder) if path.is_file()), None)


def candidates(start: Path, user_folder: Path | None = None) -> Iterator[Path]:
    """The places that are looked at, in order; without a repository only *start* itself and the user's folder are.

    A file further up could be anybody's: ``/tmp/authwright.yaml`` must not decide where a credential goes.
    """
    start = start.absolute()
    folders = (start, *start.parents)
    root = next((index for index, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    for folder in folders[: root + 1]:
        yield folder / NAME
    yield (user_folder or _user_folder()) / NAME


def overlay(path: Path) -> Path:
    """The git-ignored file that is merged on top of the one at *path*; it need not exist."""
    return path.with_name(f"{path.stem}.local{path.suffix}") if path.name != NAME else path.with_name(OVERLAY)


def _user_folder() -> Path:
    import platformdirs  # looked for only when no file is nearer

    return Path(platformdirs.user_config_dir("authwright", appauthor=False))
