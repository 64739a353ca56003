"""Globs, compiled to regular expressions whose time is bounded.

In a path ``*`` stands for any run of characters within a segment and ``**`` for any run across segments; elsewhere ``*``
is any run. All else is literal. A star takes the leftmost fit of what follows it and never gives it back (an atomic
group), so the time is bounded by the product of the lengths, whatever the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

type Fits = Callable[[str], object]


@lru_cache(maxsize=4096)
def path_glob(pattern: str) -> Fits:
    """A test for a whole path; ``/a/**`` fits ``/a`` too."""
    stem, below = (pattern[:-3], True) if pattern.endswith("/**") else (pattern, False)
    if "*" in stem:
        return _path_pattern(stem, "(?:/.*)?" if below else "").match
    # Most globs have no other star. A comparison is faster, and ten thousand expressions would take a second to compile.
    if below:
        return lambda path: path == stem or path.startswith(f"{stem}/")
    return stem.__eq__


@lru_cache(maxsize=4096)
def text_glob(pattern: str) -> Fits:
    """A test for a whole header or query value."""
    return _compiled(_chunk(pattern, ".", anchored=True)).match


def _path_pattern(pattern: str, tail: str) -> re.Pattern[str]:
    first, *chunks = pattern.split("**")
    if not chunks:
        return _compiled(_chunk(first, "[^/]", anchored=True) + tail)
    *middle, last = chunks
    across = "".join(f"(?>.*?{_chunk(chunk, '[^/]', anchored=False)})" for chunk in middle)
    return _compiled(_chunk(first, "[^/]", anchored=False) + across + ".*?" + _chunk(last, "[^/]", anchored=True) + tail)


def _chunk(pattern: str, any_character: str, *, anchored: bool) -> str:
    first, *pieces = (re.escape(piece) for piece in pattern.split("*"))
    if not pieces:
        return first
    *middle, last = pieces
    inner = "".join(f"(?>{any_character}*?{piece})" for piece in middle)
    # At the end of the text the leftmost fit may be too early, so the star must be able to go on there.
    final = f"{any_character}*{last}" if anchored or not last else f"(?>{any_character}*?{last})"
    return first + inner + final


def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression + r"\Z", re.DOTALL)
