"""Helper files of a child of ``exec``."""

from __future__ import annotations

import os
from pathlib import Path


def private_file(path: Path, content: bytes) -> Path:
    """Write the new file *path*, which its owner alone can read, whatever the umask; *path* again."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path
