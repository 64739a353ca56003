"""A path as a server may read it (RFC 3986 section 6.2.2, and what servers do beyond).

Rules are matched against the raw and the normalised path. Where the two would choose different rules, the request is
refused: ``/public/../admin`` must not get the credential of one, or miss that of the other.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_ODD: Final = re.compile(r"[%\\;]|//|/\.{1,2}(?:/|\Z)")


def normalise(path: str) -> str:
    """*path* percent-decoded once, with backslashes as slashes, without empty, dot and parameter segments."""
    if not _ODD.search(path):
        return path
    kept: list[str] = []
    segments = unquote(path, errors="surrogateescape").replace("\\", "/").split("/")
    for segment in segments:
        name = segment.partition(";")[0]
        if name == "..":
            if kept:
                kept.pop()
        elif name not in ("", "."):
            kept.append(name)
    directory = segments[-1].partition(";")[0] in ("", ".", "..")
    return "/" + "/".join(kept) + ("/" if directory and kept else "")
