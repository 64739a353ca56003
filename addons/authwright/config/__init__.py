"""The configuration: reads YAML with positions, compiles rules, and reports every problem at once."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ConfigError, Problem
from ..rules.ruleset import RuleSet

if TYPE_CHECKING:
    from ..sources.reader import Sources
    from .consent import Consent
    from .nodes import Mapping
    from .reach_lines import Fact

__all__ = ["inspect", "load", "reach_at", "watched"]

_TEXT = "<text>"


def load(source: Path | str, environment: str | None = None, *, consent: Consent | None = None) -> RuleSet:
    """The rules of a configuration.

    Args:
        source: its path; a ``str`` with a line break is the document itself.
        environment: the environment to use instead of the file's.
        consent: the user's consent, where that is needed before a secret source is read.

    Raises:
        ConfigError: the configuration has errors; ``problems`` holds all of them, and the warnings.
        Untrusted: it reaches further than the user has consented to.
    """
    rules, problems = inspect(source, environment, consent=consent)
    if rules is None:
        raise ConfigError(tuple(sorted(problems, key=lambda one: one.severity == "warning")))
    return rules


def inspect(
    source: Path | str, environment: str | None = None, *, consent: Consent | None = None, sources: Sources | None = None
) -> tuple[RuleSet | None, tuple[Problem, ...]]:
    """The rules of a configuration, and its errors and warnings in the order of the file.

    Args:
        source: as for :func:`load`.
        environment: as for :func:`load`.
        consent: as for :func:`load`.
        sources: where secrets come from; this process's environment, files, commands and the keyring when not given.

    Raises:
        Untrusted: as for :func:`load`.

    Returns:
        The rules, ``None`` when there are errors; and the problems.
    """
    with _no_collection():
        return _inspected(source, environment, consent, sources)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the garbage collector. A large file makes hundreds of thousands of values without cycles; it doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _inspected(
    source: Path | str, environment: str | None, consent: Consent | None, sources: Sources | None
) -> tuple[RuleSet | None, tuple[Problem, ...]]:
    from ..sources.reader import Sources
    from .compile import compiled
    from .problems import in_order
    from .reading import Reading

    try:
        files = _files(source)
    except ConfigError as error:
        return None, error.problems
    folders = {file.name: file.folder for file in files}
    document, problems = _document(files)
    if consent is not None and document is not None:
        consent.check(document, folders)
    reading = Reading({file.name: file.lines for file in files}, folders, sources or Sources(dict(os.environ)))
    reading.take(problems)
    rules = None if document is None else compiled(reading, document, environment, watched(source))
    return rules, tuple(in_order(reading.problems))


def reach_at(source: Path | str) -> tuple[Fact, ...]:
    """The reach of the configuration at *source*, with its overlay. No secret source is read.

    Args:
        source: as for :func:`load`.

    Raises:
        ConfigError: it cannot be read, or is no YAML.
    """
    from .reach import reach_of

    with _no_collection():
        files = _files(source)
        document, problems = _document(files)
        if document is None or any(one.severity == "error" for one in problems):
            raise ConfigError(tuple(problems))
        return reach_of(document, {file.name: file.folder for file in files})


def _document(files: list[_File]) -> tuple[Mapping | None, list[Problem]]:
    """The files, merged; ``None`` when one of them cannot be used."""
    from .merge import merged

    documents, problems = [], list[Problem]()
    for file in files:
        document, found = file.parsed()
        problems += found
        if document is None:
            return None, problems
        documents.append(document)
    return reduce(merged, documents), problems


def watched(source: Path | str) -> tuple[Path, ...]:
    """The files that a configuration is read from, existing or not: itself and its overlay."""
    from .find import overlay

    if isinstance(source, str) and "\n" in source:
        return ()
    return (Path(source), overlay(Path(source)))


class _File(NamedTuple):
    """One file of a configuration: its name in problems, its text, and the folder that its relative paths start from."""

    name: str
    text: str
    folder: Path

    @property
    def lines(self) -> list[str]:
        from .lines import split_lines

        return split_lines(self.text)

    def parsed(self) -> tuple[Mapping | None, list[Problem]]:
        from .document import parse

        return parse(self.text, self.name)


def _files(source: Path | str) -> list[_File]:
    """The file and its overlay.

    Raises:
        ConfigError: one cannot be read.
    """
    from .document import read

    paths = watched(source)
    if not paths:
        return [_File(_TEXT, str(source), Path.cwd())]
    base, over = paths
    return [_File(str(path), read(path), path.absolute().parent) for path in (base, *([over] if over.exists() else []))]
