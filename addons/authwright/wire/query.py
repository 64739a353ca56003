"""Edits a target's query and leaves every byte that is already there (RFC 3986 section 3.4)."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote, unquote_plus


def append(target: str, name: str, value: str) -> str:
    """*target* with ``name=value`` at the end, both percent-encoded as UTF-8."""
    separator = "&" if "?" in target else "?"
    if target.endswith(("?", "&")):
        separator = ""
    return f"{target}{separator}{quote(name, safe='')}={quote(value, safe='')}"


def without(target: str, name: str) -> str:
    """*target* without the parameters called *name*, however that name is encoded."""
    return without_any(target, (name,))


def without_any(target: str, names: Collection[str]) -> str:
    """*target* without the parameters of these *names*, however they are encoded."""
    path, mark, query = target.partition("?")
    if not mark:
        return target
    parts = query.split("&")
    kept = [part for part in parts if not part or unquote_plus(part.partition("=")[0]) not in names]
    if len(kept) == len(parts):
        return target
    return f"{path}?{'&'.join(kept)}" if kept else path


def values(target: str, name: str) -> list[str]:
    """The decoded values of the parameter *name*, in order."""
    pairs = (part.partition("=") for part in target.partition("?")[2].split("&") if part)
    return [unquote_plus(value) for key, _, value in pairs if unquote_plus(key) == name]
