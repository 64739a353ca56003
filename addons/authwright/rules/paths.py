"""A path as a server may read it (RFC 3986 section 6.2.2, and what servers do beyond).

Rules are matched against the raw and the normalised path. Where the two would choose different rules, the request is
refused: ``/public/../admin`` must not get the credential of one, or miss that of the other.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from ..octets import ERRORS

_ODD: Final = re.compile(r"[%\\;]|//|/\.{1,2}(?:/|\Z)")


_KEPT_ENCODED: Final = re.compile("%(?=2[Ff]|5[Cc]|2[Ee]|25|[01][0-9A-Fa-f]|7[Ff]|3[BbFf]|23|2[Aa])")


def readable(path: str) -> str:
    """*path* percent-decoded, without the encodings whose decoding would change its segments.

    A rule for ``/a b`` or ``/café`` is meant for ``/a%20b`` and ``/caf%C3%A9``; encoded slashes, backslashes, dots, percent
    and control characters stay as they are.
    """
    if "%" not in path:
        return path
    # A percent sign that stays is encoded first, so that decoding gives it back.
    return unquote(_KEPT_ENCODED.sub("%25", path), errors=ERRORS)


def normalise(path: str) -> str:
    """*path* percent-decoded once, with backslashes as slashes, without empty, dot and parameter segments."""
    if not _ODD.search(path):
        return path
    kept: list[str] = []
    segments = unquote(path, errors=ERRORS).replace("\\", "/").split("/")
    for segment in segments:
        name = segment.partition(";")[0]
        if name == "..":
            if kept:
                kept.pop()
        elif name not in ("", "."):
            kept.append(name)
    directory = segments[-1].partition(";")[0] in ("", ".", "..")
    return "/" + "/".join(kept) + ("/" if directory and kept else "")
