"""Makes nodes of PyYAML's events, without recursion and within limits. It goes on after a problem where the parser can."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ..errors import Problem
from .lines import split_lines
from .nodes import Mapping, Node, Scalar, Sequence
from .problems import Mark, problem
from .syntax import Mishap, diagnose

MAX_DEPTH: Final = 64
MAX_NODES: Final = 1_000_000
MAX_LINES: Final = 250_000
MAX_PROBLEMS: Final = 100
MAX_REPAIRS: Final = 20
_REPAIRABLE: Final = 64 * 1024
"""The composer does not parse a larger text again after a syntax error."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,99})\Z")
_OTHER_BASE = re.compile(r"0(?:o[0-7]{1,99}|x[0-9a-fA-F]{1,99})\Z")
_FLOAT = re.compile(r"(?=.*[.eE])[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_NUMERIC: Final = frozenset("0123456789+-.")

_POSTMAN = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


def compose(text: str, file: str) -> tuple[Mapping | None, list[Problem]]:
    """See :func:`authwright.config.document.parse`."""
    if _too_much(text):
        return None, [
            problem(
                Mark(file, 1, 1), "yaml_too_large", "the file has too many lines or values", hint="match more with fewer rules"
            )
        ]
    lines = current = split_lines(text)
    problems: list[Problem] = []
    while True:
        build = _Build(file, lines)
        mishap = build.run(text)
        if mishap is None:
            return build.root(), _merged(problems, build.problems)
        found = diagnose(mishap, current)
        mark = Mark(file, found.line + 1, found.column + 1)
        problems.append(problem(mark, found.code, found.message, hint=found.hint, length=found.length, lines=lines))
        if found.repair is None or len(problems) > MAX_REPAIRS or len(text) > _REPAIRABLE:
            return None, _merged(problems, build.problems)
        current = [*current[: found.line], found.repair, *current[found.line + 1 :]]
        text = "\n".join(current)


def _too_much(text: str) -> bool:
    """True when *text* could exceed the limits. Each value has one of these signs; a key and its value share one."""
    signs = (",", ": ", ":\n", "- ", "-\n", "[", "{", "?")
    return text.count("\n") > MAX_LINES or sum(map(text.count, signs)) > MAX_NODES // 2


def resolve(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar (YAML 1.2.2 section 10.3.2; ``012``, ``no`` and ``12:30:45`` are strings)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INTEGER.match(text):
        return int(text)
    if _OTHER_BASE.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        return float(text)
    return float(text.replace(".", "")) if _NOT_FINITE.match(text) else text


class _Stop(Exception):
    """A limit is exceeded."""


class _Items:
    """A sequence before its end."""

    __slots__ = ("items", "put", "start")

    def __init__(self, start: Any) -> None:
        self.start = start
        self.items: list[Node] = []
        self.put = self.items.append

    def node(self, mark: Mark, length: int) -> Node:
        """The whole sequence."""
        return Sequence(tuple(self.items), mark, length)


class _Entries:
    """A mapping before its end."""

    __slots__ = ("build", "entries", "first", "key", "start", "usable")

    def __init__(self, start: Any, build: _Build) -> None:
        self.start = start
        self.build = build
        self.entries: dict[str, tuple[Scalar, Node]] = {}
        self.first: Node | None = None
        self.key: Node | None = None
        self.usable = True

    def put(self, node: Node) -> None:
        """Add the next key, or the value of the last key."""
        key = self.key
        if key is None:
            self.key = node
            self.first = self.first or node
            self.usable = self.build.key(self, node)
            return
        self.key = None
        if self.usable and isinstance(key, Scalar):
            self.entries[key.text] = (key, node)

    def node(self, mark: Mark, length: int) -> Node:
        """The whole mapping. Without brackets the caret underlines its first key."""
        if self.first and not self.start.flow_style:
            length = self.first.length
        return Mapping(tuple(self.entries.values()), mark, length)


class _Build:
    """One pass over the events of a text."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Problem] = []
        self.open: list[_Items | _Entries] = []
        self.top: list[Node] = []
        self.put: Callable[[Node], None] = self.top.append
        self.stopped = False

    def run(self, text: str) -> Mishap | None:
        """Read all of *text*; the place of a syntax error, if there is one."""
        try:
            for event in _events(text):
                self.take(event)
        except _Stop:
            self.stopped = True
        except yaml.MarkedYAMLError as error:
            return _mishap(error)
        return None

    def root(self) -> Mapping | None:
        """The document, if it is a mapping."""
        if self.stopped:
            return None
        node = self.top[0] if self.top else None
        if isinstance(node, Mapping):
            return node
        if node is None or (isinstance(node, Scalar) and node.plain and node.value is None):
            return Mapping((), Mark(self.file, 1, 1))
        hint = "begin with `version: 1`; a space stands after each colon"
        self.add(node.mark, "yaml_root", "the file must consist of keys and values", hint, node.length)
        return None

    def add(self, mark: Mark, code: str, message: str, hint: str = "", length: int = 1) -> None:
        """Note a problem. Too many problems end the pass."""
        self.problems.append(problem(mark, code, message, hint=hint, length=length, lines=self.lines))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Stop

    def stop(self, mark: Mark, code: str, message: str, hint: str) -> None:
        """Note a problem and end the pass."""
        self.add(mark, code, message, hint)
        raise _Stop

    def take(self, event: Event) -> None:
        """Process one event."""
        kind = type(event)
        if kind is ScalarEvent:
            self.put(self.scalar(event))
        elif kind is MappingStartEvent:
            self.begin(event, _Entries(event, self))
        elif kind is SequenceStartEvent:
            self.begin(event, _Items(event))
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            self.end(event)
        elif kind is AliasEvent:
            self.alias(event)
        elif kind is DocumentStartEvent and self.top:
            self.stop(
                self.mark(event),
                "yaml_documents",
                "a second document begins here",
                "keep one document in a file; remove this `---`",
            )

    def scalar(self, event: Any) -> Scalar:
        """Make a scalar."""
        if event.tag is not None or event.anchor is not None:
            self.check(event)
        start, end, text = event.start_mark, event.end_mark, event.value
        line, column = start.line, start.column
        length = (end.column - column) if end.line == line else self.rest(line, column)
        plain = not event.style
        return Scalar(resolve(text) if plain else text, text, plain, Mark(self.file, line + 1, column + 1), length or 1)

    def begin(self, event: Any, collection: _Items | _Entries) -> None:
        """Begin a collection."""
        self.check(event)
        if len(self.open) >= MAX_DEPTH:
            self.stop(self.mark(event), "yaml_too_deep", f"values are nested more than {MAX_DEPTH} deep", "write it flatter")
        self.open.append(collection)
        self.put = collection.put

    def end(self, event: Any) -> None:
        """End the innermost collection."""
        collection = self.open.pop()
        self.put = self.open[-1].put if self.open else self.top.append
        start = collection.start
        self.put(collection.node(self.mark(start), self.length(start, event.end_mark) if start.flow_style else 1))

    def alias(self, event: Any) -> None:
        """Note an alias, or a text that YAML takes for one."""
        mark, text = self.mark(event), f"*{event.anchor}"
        hint = f'if it is a text, quote it: "{text}"; for a value used twice, write a variable: ${{name}}'
        self.add(mark, "yaml_alias", f"{text[:100]} is an alias, and aliases are not read", hint, len(text))
        self.put(Scalar(text, text, True, mark, len(text)))

    def check(self, event: Any) -> None:
        """Note a tag and an anchor."""
        if event.tag is not None:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")[:100]
            self.add(
                self.mark(event),
                "yaml_tag",
                f"the tag {shown} is not read",
                "remove it; a text that begins with ! must be quoted",
            )
        if event.anchor is not None:
            text = f"&{event.anchor}"
            hint = f'if it is a text, quote it: "{text}"; for a value used twice, write a variable: ${{name}}'
            self.add(self.mark(event), "yaml_alias", f"{text[:100]} is an anchor, and anchors are not read", hint, len(text))

    def key(self, mapping: _Entries, key: Node) -> bool:
        """True when *key* may be the next in *mapping*; else note the problem."""
        if not isinstance(key, Scalar):
            self.odd_key(mapping.start, key)
        elif not isinstance(key.value, str):
            self.add(key.mark, "yaml_key", f"the key {key.text or 'here'} is not a text", f'quote it: "{key.text}"', key.length)
        elif key.plain and key.text == "<<":
            hint = "use `extends:` with a credential's name, or a variable: ${name}"
            self.add(key.mark, "yaml_merge_key", "merge keys (<<) are not read", hint, key.length)
        elif key.text in mapping.entries:
            first = mapping.entries[key.text][0].mark.line
            self.add(
                key.mark,
                "duplicate_key",
                f"`{key.text[:100]}` stands here twice",
                f"it is first in line {first}; keep one",
                key.length,
            )
        else:
            return True
        return False

    def odd_key(self, start: Any, key: Node) -> None:
        """Note a mapping or a sequence in the place of a key."""
        at = start.start_mark
        found = _POSTMAN.match(self.lines[at.line], at.column) if at.line < len(self.lines) else None
        if found:
            message = f"{found[0][:100]} is not read as a variable here"
            self.add(self.mark(start), "foreign_variable", message, f'write "${{{found[1]}}}"', len(found[0]))
        else:
            self.add(key.mark, "yaml_key", "a key must be a text", "quote it, if it is one", key.length)

    def mark(self, event: Any) -> Mark:
        """The mark at the beginning of *event*."""
        start = event.start_mark
        return Mark(self.file, start.line + 1, start.column + 1)

    def rest(self, line: int, column: int) -> int:
        """The number of characters of *line* from *column* on."""
        return len(self.lines[line].rstrip()) - column if line < len(self.lines) else 1

    def length(self, start: Any, end: Any) -> int:
        """The number of characters that a collection in brackets takes on its first line."""
        first = start.start_mark
        return max(end.column - first.column if end.line == first.line else self.rest(first.line, first.column), 1)


def _events(text: str) -> Iterator[Event]:
    return yaml.parse(text, Loader=_LOADER)


def _mishap(error: yaml.MarkedYAMLError) -> Mishap:
    mark, context = error.problem_mark, error.context_mark
    return Mishap(
        problem=error.problem or "",
        line=mark.line if mark else 0,
        column=mark.column if mark else 0,
        context=error.context or "",
        context_line=context.line if context else None,
        context_column=context.column if context else 0,
    )


def _merged(first: list[Problem], second: list[Problem]) -> list[Problem]:
    return sorted([*first, *second], key=lambda one: (one.line, one.column))
