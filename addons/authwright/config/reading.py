"""The state of one load of a configuration: the files' lines, the variables, the sources, and the problems so far.

Reading does not stop at the first problem. It notes each problem at its place and goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Final

from ..errors import Problem
from ..ownership import NotOwn, check_own
from ..rules.hosts import MatchSyntaxError
from ..rules.rule import Credential
from ..sources import SOURCES
from ..sources.file import lax_mode
from ..sources.reader import Sources
from ..sources.value import Deferred, Value, references
from .nodes import Mapping, Node, Scalar, Sequence
from .problems import Mark, problem, suggest
from .template import VariableError, lookalikes, parse
from .variables import Variables, expand

_NAMES: Final = re.compile(r"\$\{([\w.-]+)")
_KEY_FILE: Final = re.compile(r"[^\n\s]*\.(?:pem|key|p8|json)\Z")
_SOUNDS_SECRET: Final = re.compile(r"(?i)secret|passw|pwd|token\Z|_key\Z|credential\Z")


class Reading:
    """The state of one load.

    Args:
        lines: each file's lines, by the name that marks give it.
        folders: each file's folder, which its relative paths start from.
        sources: reads secret sources.
    """

    def __init__(self, lines: MappingType[str, list[str]], folders: MappingType[str, Path], sources: Sources) -> None:
        self.sources = sources
        self.credential: Callable[[Scalar], Credential | None] = lambda _: None
        """Returns the credential that a text names; notes an unknown name."""
        self.variables = Variables({})
        self.problems: list[Problem] = []
        self.errors = 0
        self.unread = 0
        """How many values could not be told, since their sources are not read."""
        self._read: set[str] = set()
        self._hidden_variables: set[str] = set()
        self.files: set[Path] = set()
        self._lines = lines
        self._folders = folders
        self._secrets: dict[tuple[str, int], list[str]] = {}

    def report(
        self,
        place: Node | Mark,
        code: str,
        message: str,
        hint: str = "",
        *,
        severity: str = "error",
        length: int = 0,
        hidden: bool = False,
    ) -> None:
        """Note a problem at *place*. A secret in the same line is masked."""
        mark = place if isinstance(place, Mark) else place.mark
        long = length or (1 if isinstance(place, Mark) else place.length)
        hide = (*self._secrets.get((mark.file, mark.line), ()), *self._read)
        lines = self._lines.get(mark.file, ())
        self.take(
            [problem(mark, code, message, hint=hint, severity=severity, length=long, lines=lines, hide=hide, hidden=hidden)]
        )

    def take(self, problems: list[Problem]) -> None:
        """Note problems that another module found."""
        self.problems.extend(problems)
        self.errors += sum(one.severity == "error" for one in problems)

    def warn(self, place: Node | Mark, code: str, message: str, hint: str = "", *, hidden: bool = False) -> None:
        """Note a warning at *place*."""
        self.report(place, code, message, hint, severity="warning", hidden=hidden)

    def conceal(self, node: Node, secret: frozenset[str], known: frozenset[str]) -> None:
        """Learn which texts are secrets in the clear, so that no problem shows them with its line.

        Args:
            node: the part of the document to search.
            secret: keys whose values are secrets.
            known: the other keys of credentials. A value under an unknown key may be a misspelt secret.
        """
        match node:
            case Mapping(entries=entries):
                guarded = node.get("type") is not None or node.get("extends") is not None
                for key, value in entries:
                    unknown = key.text not in known
                    suspect = key.text in secret or (unknown and (guarded or _SOUNDS_SECRET.search(key.text)))
                    if suspect and isinstance(value, Scalar) and _may_be_secret(value.text):
                        self._secrets.setdefault((value.mark.file, value.mark.line), []).append(value.text)
                    if suspect and isinstance(value, Scalar):
                        self._hidden_variables.update(_NAMES.findall(value.text))
                    self.conceal(value, secret, known)
            case Sequence(items=items):
                for item in items:
                    self.conceal(item, secret, known)

    def conceal_variables(self, variables: Mapping | None) -> None:
        """Learn that the variables in secrets are secrets, too."""
        for key, value in variables.entries if variables else ():
            if key.text in self._hidden_variables and isinstance(value, Scalar) and value.text and "${" not in value.text:
                self._secrets.setdefault((value.mark.file, value.mark.line), []).append(value.text)

    def folder(self, node: Scalar) -> Path:
        """The folder of the file that *node* stands in."""
        return self._folders.get(node.mark.file, Path())

    def expand(self, node: Scalar) -> Value | None:
        """The expanded text of *node*; ``None`` after noting that it cannot be expanded."""
        if "$" not in node.text and "{{" not in node.text:
            return node.text
        for lookalike in lookalikes(node.text):
            mark, length = node.inside(lookalike.offset, lookalike.length)
            self.report(mark, lookalike.code, lookalike.message, lookalike.hint, severity="warning", length=length)
        try:
            value = expand(parse(node.text), self.variables, self.folder(node))
        except VariableError as error:
            # An error within a variable is noted at the variable, once. A cycle is always within.
            if not error.within or not self.errors:
                self.report_inside(node, error.code, error)
            return None
        if isinstance(value, Deferred):
            self._look_at_sources(node, value)
        return value

    def report_inside(self, node: Scalar, code: str, error: VariableError | MatchSyntaxError) -> None:
        """Note an error at its piece of *node*."""
        mark, length = node.inside(error.offset, error.length)
        self.report(mark, code, error.message, error.hint, length=length)

    def resolve_now(self, node: Scalar, value: Value) -> str | None:
        """The text of *value*, which must be known at load; ``None`` after noting that it is not."""
        if isinstance(value, str):
            return value
        if not self.sources.cheap(value):
            all_sources = SOURCES.values()
            self.report(
                node,
                "source_here",
                f"{_either(one.noun for one in all_sources if not one.cheap)} cannot stand here: "
                "this must be known when the file is loaded",
                "use " + _either(f"${{{one.kind}:…}}" for one in all_sources if one.cheap),
            )
            return None
        missing = self.sources.missing(value)
        for error in missing:
            self.report(node, "secret_missing", error.message, error.hint)
        if missing:
            return None
        if not self.sources.readable(value):
            self.unread += 1
            return None
        text = self.sources.resolve(value)
        self._read.add(text)
        self._read.update(self.sources.resolve(Deferred((part,))) for part in references(value))
        return text

    def known_now(self, waiting: Iterable[tuple[Scalar, Deferred]]) -> bool:
        """True when every text in *waiting* is known at load; notes those that are not."""
        found = [self.resolve_now(node, value) for node, value in waiting]
        return None not in found

    def unknown_key(self, key: Scalar, known: tuple[str, ...], message: str, hint: str = "") -> str | None:
        """Note an unknown key; the key that was probably meant, if there is one."""
        meant = suggest(key.text, known)
        self.report(key, "unknown_key", message, meant or hint or f"known are: {', '.join(known)}")
        return next((one for one in known if f"`{one}`" in meant), None)

    def choose(self, node: Node, word: str, choices: tuple[str, ...], what: str) -> bool:
        """True when *word* is one of *choices*; else note it."""
        if word in choices:
            return True
        self.report(
            node,
            f"unknown_{what.replace(' ', '_')}",
            f"there is no {what} {word!r}",
            suggest(word, choices) or f"one of: {', '.join(choices)}",
        )
        return False

    def looked_at(self, node: Scalar, value: Deferred) -> Deferred:
        """*value*, after noting the problems of its sources at *node*."""
        self._look_at_sources(node, value)
        return value

    def is_own_file(self, node: Scalar, path: Path) -> bool:
        """Tell if the file at *path* is the user's. A file that others can write to is noted at *node*, a missing one is not."""
        try:
            check_own(path)
        except NotOwn as error:
            self.report(node, "file_ownership", error.message.rstrip("."), error.hint)
            return False
        except OSError:
            return False
        return True

    def _look_at_sources(self, node: Scalar, value: Deferred) -> None:
        for path in self.sources.files(value):
            self.files.add(path)
            if self.is_own_file(node, path) and lax_mode(path):
                self.warn(node, "file_mode", f"other users of this machine can read {path}", f"chmod 600 {path}")
        for part in references(value):
            if not part.argument:
                self.report(node, "variable_syntax", f"${{{part.kind}:}} names no {part.kind}")


def _either(words: Iterable[str]) -> str:
    """A choice of *words*: ``a, b or c``."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _may_be_secret(text: str) -> bool:
    """True when *text* under a secret's key may be the secret itself: no reference, and no name of a key file."""
    return bool(text) and "${" not in text and not _KEY_FILE.match(text)
