"""The user's consent to what a found configuration may reach.

Consent belongs to one path and is kept as the lines of the reach, which hold no secrets: one file for each path, 0600, in
the folder ``trust`` of the home, replaced in one step. A configuration whose reach has a line that was not consented to is
not used.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingType
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from ..errors import AuthwrightError
from ..ownership import NotOwn, read_own
from .find import NAME, own_folder
from .nodes import Mapping
from .reach import reach_of
from .reach_lines import Fact

CODE: Final = "untrusted"
FOLDER: Final = "trust"
MOST_BYTES: Final = 8 * 1024 * 1024
"""A larger file is no consent."""
MOST_FILES: Final = 1000
"""Older consents than these are forgotten."""


class Untrusted(AuthwrightError):
    """A configuration that was found reaches further than the user has consented to.

    Args:
        path: the configuration.
        reach: all that it reaches.
        new: what of that the user has not consented to.
        known: whether the user has consented to something for this path.
    """

    code = CODE

    def __init__(self, path: Path, reach: tuple[Fact, ...], new: tuple[Fact, ...], *, known: bool) -> None:
        first, more = new[0].line, f" (and {len(new) - 1} more)" if len(new) > 1 else ""
        sentence = (
            f"{path} reaches further than you have allowed: it {first}{more}."
            if known
            else f"{path} was found here, and you have not allowed what it reaches."
        )
        super().__init__(sentence, hint=command_for(path))
        self.path = path
        self.reach = reach
        self.new = new
        self.known = known


class Trusted(NamedTuple):
    """A path, and the lines that its configuration may reach."""

    path: Path
    lines: tuple[str, ...]


class Consents:
    """The consents that a home holds.

    Args:
        home: the folder of all state.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def file(self, path: Path) -> Path:
        """The file that keeps the consent for *path*."""
        return self._folder / f"{hashlib.sha256(os.fsencode(resolved(path))).hexdigest()[:40]}.json"

    def lines(self, path: Path) -> frozenset[str] | None:
        """The lines that the configuration at *path* may reach; ``None`` when the user has not consented to anything.

        Raises:
            AuthwrightError: other users can write to what is kept.
        """
        kept = self._read(self.file(path))
        return frozenset(kept.lines) if kept is not None and kept.path == resolved(path) else None

    def allow(self, path: Path, reach: Iterable[Fact]) -> None:
        """Keep that the configuration at *path* may reach *reach*, and nothing else.

        Raises:
            AuthwrightError: it cannot be kept.
        """
        kept = {"file": str(resolved(path)), "reach": [fact.line for fact in reach]}
        data = json.dumps(kept, ensure_ascii=True, indent=1).encode("ascii")
        if len(data) > MOST_BYTES:
            raise _unusable(self._folder, "the reach is too long", "match more with fewer rules")
        target = self.file(path)
        try:
            for folder in (self._folder.parent, self._folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(target, data)
            self._forget_oldest()
        except OSError as error:
            raise _unusable(self._folder, str(error.strerror), "Set AUTHWRIGHT_HOME to a folder of your own") from None

    def revoke(self, path: Path) -> bool:
        """Take the consent for *path* back; whether there was one."""
        try:
            self.file(path).unlink()
        except FileNotFoundError:
            return False
        return True

    def every(self) -> list[Trusted]:
        """Every consent, by path."""
        found = (self._read(file) for file in self._files())
        return sorted(kept for kept in found if kept is not None)

    def _files(self) -> Iterator[Path]:
        return self._folder.glob("*.json")

    def _read(self, file: Path) -> Trusted | None:
        """One consent; what is damaged or too large is none."""
        try:
            kept = json.loads(read_own(file, MOST_BYTES))
            return Trusted(Path(kept["file"]), tuple(str(line) for line in kept["reach"]))
        except NotOwn as error:
            raise AuthwrightError(error.message, code=error.code, hint=error.hint) from None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def _forget_oldest(self) -> None:
        files = sorted(self._files(), key=lambda file: file.stat().st_mtime_ns)
        for file in files[:-MOST_FILES]:
            file.unlink(missing_ok=True)


class Consent(NamedTuple):
    """The consent that the configuration at *path* needs, as it is kept in the home of *consents*."""

    path: Path
    consents: Consents

    @property
    def file(self) -> Path:
        """The file that changes when the user consents, or takes it back."""
        return self.consents.file(self.path)

    def check(self, document: Mapping, folders: MappingType[str, Path]) -> None:
        """See that the user has consented to what *document* reaches.

        Raises:
            Untrusted: it reaches further.
        """
        reach = reach_of(document, folders)
        allowed = self.consents.lines(self.path)
        new = tuple(fact for fact in reach if fact.line not in (allowed or ()))
        if allowed is None or new:
            raise Untrusted(self.path, reach, new or (Fact("reaches", "nothing"),), known=allowed is not None)


def needed(path: Path, home: Path, *, given: bool) -> Consent | None:
    """The consent that the configuration at *path* needs; ``None`` when it needs none.

    Args:
        path: the configuration.
        home: the folder of all state.
        given: whether the user named the configuration.
    """
    if given or path == own_folder() / NAME:
        return None
    return Consent(path, Consents(home))


def resolved(path: Path) -> Path:
    """The absolute path that consent belongs to, links to its folder followed.

    A link to the file itself is not followed: relative paths, commands and the overlay are looked for beside the link.
    """
    return Path(os.path.realpath(path.parent), path.name)


def command_for(path: Path) -> str:
    """The command that shows what the configuration at *path* reaches, and asks for consent."""
    return f"authwright trust {shlex.quote(str(path))}"


def _replace(path: Path, data: bytes) -> None:
    """Write the file at *path* in one step, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def _unusable(folder: Path, what: str, hint: str) -> AuthwrightError:
    return AuthwrightError(f"Your consent cannot be kept in {folder}: {what}.", code="consent_unusable", hint=hint)
