"""Values with secret sources in them. They hold no secret themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceReference:
    """A secret source as a configuration names it.

    Args:
        kind: the source's key in :data:`~authwright.sources.SOURCES`.
        argument: the text behind the colon.
        default: the value that stands in when the source yields nothing.
        base_dir: the folder that relative paths start from.
    """

    kind: str
    argument: str
    default: Value | None = field(default=None, repr=False)
    base_dir: Path = Path()


@dataclass(frozen=True, slots=True)
class Deferred:
    """A text with secret sources in it, all variables expanded."""

    parts: tuple[str | SourceReference, ...]


type Value = str | Deferred


def file_reference(path: str, base_dir: Path) -> Deferred:
    """The value of ``${file:path}``."""
    return Deferred((SourceReference("file", path, None, base_dir),))


def references(value: Value) -> Iterator[SourceReference]:
    """Every source in *value*, those in defaults too."""
    for part in value.parts if isinstance(value, Deferred) else ():
        if not isinstance(part, str):
            yield part
            yield from references(part.default or "")
