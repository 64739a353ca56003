"""Reloads the rules when their files change. A broken or half-written file leaves the old rules in force."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from ..errors import AuthwrightError
from ..rules.ruleset import RuleSet
from . import load, watched
from .consent import Consent, Untrusted

type _State = tuple[tuple[int, int, int] | None, ...]


class Watch:
    """A configuration's rules, as of the last valid state of its files.

    Args:
        source: the configuration's path.
        environment: the environment to use instead of the file's.
        consent: the user's consent, where the configuration needs it.

    Raises:
        ConfigError: the configuration has errors now.
        Untrusted: it reaches further than the user has consented to.
    """

    def __init__(self, source: Path, environment: str | None = None, consent: Consent | None = None) -> None:
        self._source = source
        self._consent = consent
        self._environment = environment
        self._lock = threading.Lock()
        self._said = ""
        self._files = self._with_consent(watched(source))
        self._seen = self._state()
        self._current = load(source, environment, consent=consent)
        self._follow(self._current.files)

    @property
    def current(self) -> RuleSet:
        """The rules in force."""
        return self._current

    def changed(self) -> bool:
        """True when a file has changed since it was last read; costs one ``stat`` for each file."""
        return self._state() != self._seen

    def refresh(self) -> str | None:
        """Renew the rules if their files changed.

        Returns:
            A sentence when the files changed and are unusable, once for each change; the old rules stay in force.
        """
        with self._lock:
            seen = self._state()
            if seen == self._seen:
                return None
            self._seen = seen
            try:
                rules = load(self._source, self._environment, consent=self._consent)
            except Untrusted as error:
                return self._told(f"{error.message} The old rules stay in force; to allow it: {error.hint}")
            except AuthwrightError as error:
                return self._told(f"The changed configuration is not used, the old rules stay in force: {error.message}")
            self._told("")
            self._current = rules
            self._follow(rules.files)
            return None

    def _follow(self, files: tuple[Path, ...]) -> None:
        """Watch *files* from now on. Files that were watched before keep the state in which they were read."""
        before = dict(zip(self._files, self._seen, strict=True))
        self._files = self._with_consent(files)
        self._seen = tuple(before[path] if path in before else _stamp(path) for path in self._files)

    def _with_consent(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """*files* and the one that changes when the user consents in another terminal."""
        return files if self._consent is None else (*files, self._consent.file)

    def _told(self, sentence: str) -> str | None:
        """*sentence*, unless it is the same as last time."""
        again, self._said = sentence == self._said, sentence
        return None if again else sentence

    def _state(self) -> _State:
        return tuple(map(_stamp, self._files))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - called twice a second for every file
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
