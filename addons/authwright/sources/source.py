"""The members of a secret source. A :class:`Source` cannot be made without all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from .value import SourceReference


class Holds(Enum):
    """How long a value that a source yielded holds."""

    PROCESS = "process"
    """As long as the process: the source cannot change before."""
    FILE = "file"
    """Until one of the files that the source names changes. The proxy watches these, and loads the configuration again."""
    LOAD = "load"
    """Until the configuration is loaded again. The reader asks once and keeps the answer."""


@dataclass(frozen=True, slots=True)
class SourceMeans:
    """All that a source may use to read. A source that asks a server gets an HTTP client here, as a further member.

    Args:
        environment: the environment variables.
        timeout: the seconds that one answer may take.
    """

    environment: Mapping[str, str] = field(repr=False)
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One kind of secret source.

    Args:
        kind: the word before the colon in ``${word:…}``.
        example: the source as a person writes it.
        noun: the source in a sentence, with its article.
        meaning: one line for the docs.
        cheap: True when reading starts no program, asks no person and no server. Only such a source is read when the
            configuration is loaded.
        holds: how long a value holds.
        accepts: says whether an argument names something to read.
        touches: names what is read (a variable, a path, a command line, an entry) without reading it. Two references
            that touch the same have the same value.
        lacks: raises SecretError when it is clear already that the source yields nothing. Only a cheap source may read.
        read: reads the secret; never gives an empty text. Raises SecretError. May block.
        files: the files that are read, so that the proxy can watch them.
    """

    kind: str
    example: str
    noun: str
    meaning: str
    cheap: bool
    holds: Holds
    accepts: Callable[[str], bool]
    touches: Callable[[SourceReference, SourceMeans], str]
    lacks: Callable[[SourceReference, SourceMeans], object]
    read: Callable[[SourceReference, SourceMeans], str]
    files: Callable[[SourceReference, SourceMeans], tuple[Path, ...]]


def no_files(_reference: SourceReference, _means: SourceMeans) -> tuple[Path, ...]:
    """The files of a source that reads none."""
    return ()
