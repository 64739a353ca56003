"""The nodes of a YAML document: scalars, sequences and mappings, each with its place in the file.

Every node has a ``mark`` and a ``length``, the number of characters that a caret underlines on its first line. A file has tens
of thousands of scalars, so they are tuples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from .problems import Mark


class Scalar(NamedTuple):
    """One value.

    Args:
        value: its value in YAML 1.2.
        text: the text without quotes and escapes: ``0x1F`` when the value is 31.
        plain: whether it was written without quotes.
        mark: where it begins (at the quote, if it has one).
        length: how many characters it takes on its first line.
    """

    value: str | int | float | bool | None
    text: str
    plain: bool
    mark: Mark
    length: int = 1

    def inside(self, offset: int, length: int = 1) -> tuple[Mark, int]:
        """The place of a piece of ``text``, for a caret.

        When the text has escapes or line breaks, the place is unknown; then the whole scalar is marked.

        Args:
            offset: where in ``text`` the piece begins, from 0.
            length: how many characters it has.

        Returns:
            The mark and the length.
        """
        quote = 0 if self.plain else 1
        if self.length != len(self.text) + 2 * quote:
            return self.mark, self.length
        return self.mark._replace(column=self.mark.column + quote + offset), length


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    mark: Mark
    length: int = 1


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, all different texts, and their nodes, in the order of the file."""

    entries: tuple[tuple[Scalar, Node], ...]
    mark: Mark
    length: int = 1
    _index: dict[str, tuple[Scalar, Node]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {key.text: (key, node) for key, node in self.entries})

    def get(self, key: str) -> Node | None:
        """The node under *key*."""
        entry = self._index.get(key)
        return entry[1] if entry else None

    def key(self, key: str) -> Scalar | None:
        """The key itself, for its place."""
        entry = self._index.get(key)
        return entry[0] if entry else None

    @property
    def names(self) -> tuple[str, ...]:
        """Its keys."""
        return tuple(self._index)


type Node = Scalar | Sequence | Mapping
