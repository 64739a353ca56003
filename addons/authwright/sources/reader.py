"""Reads values with secret sources in them. It knows no source by name: what it must know of one stands in the table.

The reader asks a source only when its value is needed. A command or the keyring may ask a person, so `check` asks neither.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Final

from ..errors import SecretError, kept
from . import SOURCES
from .file import check_present
from .source import Holds, SourceMeans
from .text import filled
from .value import SourceReference, Value, references

TIMEOUT: Final = 10.0
"""The seconds that a command may take."""


class Sources:
    """Reads secrets; safe to use from several threads.

    Args:
        environment: the environment variables, also those of the commands.
        timeout: the seconds that a command may take.
    """

    def __init__(self, environment: Mapping[str, str], timeout: float = TIMEOUT) -> None:
        self._means = SourceMeans(environment, timeout)
        self._attempts: dict[Hashable, _Attempt] = {}
        self._lock = threading.Lock()

    def resolve(self, value: Value) -> str:
        """The text that *value* stands for. The reader does not expand again what a source yields.

        Raises:
            SecretError: a source yields nothing and has no default.
        """
        if isinstance(value, str):
            return value
        return "".join(part if isinstance(part, str) else self._read(part) for part in value.parts)

    def cheap(self, value: Value) -> bool:
        """True when *value* is resolved without running a command or asking anyone."""
        return all(SOURCES[part.kind].cheap for part in references(value))

    def readable(self, value: Value) -> bool:
        """True when *value* may be resolved while the configuration is loaded."""
        return self.cheap(value)

    def missing(self, value: Value) -> list[SecretError]:
        """The errors of *value* that are found without running a command or asking anyone."""
        if isinstance(value, str):
            return []
        return [error for part in value.parts if not isinstance(part, str) for error in self._lacks(part)]

    def files(self, value: Value) -> list[Path]:
        """The files that *value* is read from."""
        return [path for part in references(value) for path in SOURCES[part.kind].files(part, self._means)]

    def _lacks(self, part: SourceReference) -> list[SecretError]:
        try:
            SOURCES[part.kind].lacks(part, self._means)
        except SecretError as error:
            return [error] if part.default is None else self.missing(part.default)
        return []

    def _read(self, part: SourceReference) -> str:
        try:
            return self._ask(part)
        except SecretError:
            if part.default is None:
                raise
            return self.resolve(part.default)

    def _ask(self, part: SourceReference) -> str:
        """The text of a source without its default."""
        source = SOURCES[part.kind]

        def ask() -> str:
            return filled(source.read(part, self._means), f"what ${{{source.kind}:…}} yields")

        if source.holds is not Holds.LOAD:
            return ask()
        return self._once((source.kind, part.base_dir, source.touches(part, self._means)), ask)

    def _once(self, key: Hashable, ask: Callable[[], str]) -> str:
        """The answer of *ask*, asked once for *key*. A thread that comes meanwhile shares the answer; a failure is not kept."""
        with self._lock:
            attempt = self._attempts.get(key)
            leads = attempt is None
            if attempt is None:
                attempt = self._attempts[key] = _Attempt()
        if not leads:
            return attempt.wait()
        try:
            attempt.text = ask()
        except SecretError as error:
            attempt.error = kept(error)
            raise
        finally:
            if attempt.text is None:
                with self._lock:
                    del self._attempts[key]
            attempt.done.set()
        return attempt.text


class Unread(Sources):
    """Sources that are looked at and not read, but for those that are part of this process. ``check`` needs no more."""

    def readable(self, value: Value) -> bool:
        """True when *value* comes from this process alone."""
        return all(SOURCES[part.kind].holds is Holds.PROCESS for part in references(value))

    def _lacks(self, part: SourceReference) -> list[SecretError]:
        source = SOURCES[part.kind]
        try:
            files = source.files(part, self._means)
            for path in files:
                check_present(path)
            if not files:
                source.lacks(part, self._means)
        except SecretError as error:
            return [error] if part.default is None else self.missing(part.default)
        return []


class _Attempt:
    """One question, and its answer when that has come."""

    __slots__ = ("done", "error", "text")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.text: str | None = None
        self.error: SecretError | None = None

    def wait(self) -> str:
        """The answer that another thread waits for."""
        self.done.wait()
        if self.text is None:
            raise self._failure()
        return self.text

    def _failure(self) -> SecretError:
        """A new error for each thread: one exception raised in two threads would mix their tracebacks."""
        if self.error is None:
            return SecretError("a secret source was interrupted", hint="try again")
        return SecretError(self.error.message, hint=self.error.hint)
