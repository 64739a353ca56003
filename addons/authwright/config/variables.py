"""``${…}`` in values: variables and secret sources.

``${name}`` is a variable, ``${word:…}`` a secret source (:mod:`authwright.sources`), ``${…:-default}`` gives a default that
may hold ``${…}`` again, ``$$`` is a dollar sign. Any other ``$`` is itself. A value is expanded once: what a secret contains
is never expanded again, so sources are read only after everything here is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from ..sources import SOURCES
from ..sources.value import Deferred, SourceReference, Value
from .problems import suggest

MAX_DEPTH: Final = 32
"""How deep variables and defaults may nest."""

MAX_LENGTH: Final = 1024 * 1024
MAX_PARTS: Final = 1000
MAX_TOTAL: Final = 64 * 1024 * 1024
"""Limits on the characters and pieces of one value, and on the characters of all together. A few variables that name each
other twice would grow without bound."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_FOREIGN = re.compile(r"\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}")


class VariableError(ValueError):
    """A ``${…}`` cannot be expanded.

    Args:
        message: one sentence.
        offset: its place in the text, from 0.
        length: how many characters it takes there.
        hint: what to do.
        code: ``variable_syntax``, ``unknown_source``, ``unknown_variable``, ``variable_cycle``, ``variable_too_long`` or
            ``foreign_variable``.
        within: the variable whose value holds the error, when it is not in the text itself.
    """

    def __init__(
        self, message: str, offset: int, length: int, *, hint: str = "", code: str = "variable_syntax", within: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.length = length
        self.hint = hint
        self.code = code
        self.within = within


@dataclass(frozen=True, slots=True)
class VariableReference:
    """One ``${…}``.

    Args:
        kind: ``variable``, or a source's key in :data:`~authwright.sources.SOURCES`.
        name: the variable's name, or the source's argument.
        default: stands in for a missing value.
        offset: where it begins in the text.
        length: how many characters it takes there.
    """

    kind: str
    name: str
    default: Template | None
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Template:
    """A text, parsed into literal pieces and references."""

    parts: tuple[str | VariableReference, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's value, and the folder of the file that defines it."""

    text: str
    base_dir: Path


def parse(text: str) -> Template:
    """Parse *text*.

    Raises:
        VariableError: a ``${`` is not closed, is empty, or names an unknown kind of source.
    """
    return _parse(text) if "$" in text else Template((text,) if text else ())


@lru_cache(maxsize=4096)
def _parse(text: str) -> Template:
    return Template(_pieces(text, 0, depth=0)[0])


class Variables(Mapping[str, Variable]):
    """The variables of an environment. Each is expanded once, and their total size is limited.

    Args:
        variables: the variables by name.
    """

    def __init__(self, variables: Mapping[str, Variable]) -> None:
        self._variables = dict(variables)
        self._expanded: dict[str, tuple[str | SourceReference, ...]] = {}
        self._left = MAX_TOTAL

    def __getitem__(self, name: str) -> Variable:
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)

    def parts(self, template: Template, base_dir: Path, chain: tuple[str, ...] = ()) -> tuple[str | SourceReference, ...]:
        """The pieces of the expanded *template*; *chain* names the variables whose values contain it."""
        parts: list[str | SourceReference] = []
        for part in template.parts:
            if isinstance(part, str):
                parts.append(part)
            elif part.kind == "variable":
                parts += self._variable(part, base_dir, chain)
            else:
                default = None if part.default is None else _value(self.parts(part.default, base_dir, chain))
                parts.append(SourceReference(part.kind, part.name, default, base_dir))
        return self._bounded(_joined(parts))

    def _variable(
        self, reference: VariableReference, base_dir: Path, chain: tuple[str, ...]
    ) -> tuple[str | SourceReference, ...]:
        name = reference.name
        if name in self._expanded:
            return self._expanded[name]
        if name in chain or len(chain) >= MAX_DEPTH:
            raise _cycle(reference, chain)
        variable = self._variables.get(name)
        if variable is None:
            if reference.default is None:
                raise _unknown(reference, self._variables)
            return self.parts(reference.default, base_dir, chain)
        try:
            parts = self.parts(parse(variable.text), variable.base_dir, (*chain, name))
        except VariableError as error:
            raise _from_here(error, reference, name) from None
        self._expanded[name] = parts
        return parts

    def _bounded(self, parts: tuple[str | SourceReference, ...]) -> tuple[str | SourceReference, ...]:
        size = len(parts) + sum(len(part) for part in parts if isinstance(part, str))
        self._left -= size
        if size > MAX_LENGTH or len(parts) > MAX_PARTS or self._left < 0:
            hint = "look for variables that name one another many times"
            raise VariableError("the value grows too long", 0, 1, hint=hint, code="variable_too_long")
        return parts


def expand(template: Template, variables: Mapping[str, Variable], base_dir: Path) -> Value:
    """The value of *template*: a ``str``, or a :class:`Deferred` when a secret source is in it.

    Args:
        template: a parsed text.
        variables: the variables of the active environment; as :class:`Variables`, where many values are expanded.
        base_dir: the folder of the file that the template stands in.

    Raises:
        VariableError: a variable is unknown, or its value leads back to itself.
    """
    if all(isinstance(part, str) for part in template.parts):
        return "".join(part for part in template.parts if isinstance(part, str))
    known = variables if isinstance(variables, Variables) else Variables(variables)
    return _value(known.parts(template, base_dir))


def lookalikes(text: str) -> tuple[VariableError, ...]:
    """A warning for each ``{{name}}`` of Postman's in *text*, which is sent as it stands, with the form to write instead."""
    return tuple(
        VariableError(
            f"{match[0]} is not read as a variable here",
            match.start(),
            len(match[0]),
            hint=f"write ${{{match[1]}}}",
            code="foreign_variable",
        )
        for match in (_FOREIGN.finditer(text) if "{{" in text else ())
    )


def _value(parts: tuple[str | SourceReference, ...]) -> Value:
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else Deferred(parts)


def _pieces(text: str, start: int, depth: int) -> tuple[tuple[str | VariableReference, ...], int]:
    """The pieces of *text* from *start* to its end or, inside a default, to the closing ``}``; and the place of that end."""
    parts: list[str | VariableReference] = []
    literal: list[str] = []
    position = start
    while position < len(text):
        char = text[position]
        if char == "}" and depth:
            break
        if char != "$" or text[position + 1 : position + 2] not in ("$", "{"):
            stop = _next(text, position + 1, depth)
            literal.append(text[position:stop])
            position = stop
        elif text[position + 1] == "$":
            literal.append("$")
            position += 2
        else:
            reference = _reference(text, position, depth)
            parts += ["".join(literal)] * bool(literal)
            literal.clear()
            parts.append(reference)
            position += reference.length
    return (*parts, *["".join(literal)] * bool(literal)), position


_SPECIAL = re.compile(r"[$]")
_SPECIAL_INSIDE = re.compile(r"[$}]")


def _next(text: str, position: int, depth: int) -> int:
    match = (_SPECIAL_INSIDE if depth else _SPECIAL).search(text, position)
    return match.start() if match else len(text)


_BODY = re.compile(r"(?:(?!:-)[^}])*")


def _reference(text: str, start: int, depth: int) -> VariableReference:
    """The ``${…}`` that begins at *start*."""
    if depth >= MAX_DEPTH:
        raise VariableError("defaults are nested too deep", start, 2, hint="use a variable")
    body = _BODY.match(text, start + 2)
    end = body.end() if body else len(text)
    name, default = text[start + 2 : end], None
    if text.startswith(":-", end):
        parts, end = _pieces(text, end + 2, depth + 1)
        default = Template(parts)
    if end >= len(text):
        hint = "close it with }, or write $$ for a dollar sign"
        raise VariableError("this ${ is not closed", start, len(text) - start, hint=hint)
    length = end + 1 - start
    kind, name = _kind(name, text[start : end + 1], start)
    return VariableReference(kind, name, default, start, length)


def _kind(name: str, whole: str, offset: int) -> tuple[str, str]:
    """The kind of the reference *name*, and its argument."""
    head, colon, argument = name.partition(":")
    if "${" in name:
        raise VariableError(
            "${…} cannot stand in a name", offset, len(whole), hint="only a default may hold ${…}: ${name:-${other}}"
        )
    if colon and head in SOURCES:
        return head, _argument(head, argument, whole, offset)
    if colon:
        hint = suggest(head, SOURCES) or "the sources are " + ", ".join(SOURCES)
        raise VariableError(f"`{head[:100]}` is no source of values", offset, len(whole), hint=hint, code="unknown_source")
    if not name:
        raise VariableError("${} names nothing", offset, len(whole), hint="write ${name}, or $$ for a dollar sign")
    if not _NAME.match(name):
        hint = "a name has letters, digits, `_`, `.` and `-`; $$ is a dollar sign"
        raise VariableError(f"{name[:100]!r} is not a variable's name", offset, len(whole), hint=hint)
    return "variable", name


def _argument(kind: str, argument: str, whole: str, offset: int) -> str:
    argument = argument.strip()
    if not SOURCES[kind].accepts(argument):
        hint = f"write {SOURCES[kind].example}"
        raise VariableError(f"{whole[:100]} does not say what to read", offset, len(whole), hint=hint)
    return argument


def _unknown(reference: VariableReference, variables: Mapping[str, Variable]) -> VariableError:
    name = reference.name
    hint = suggest(name, variables)
    if not hint and name.isupper():
        hint = f"for an environment variable write ${{env:{name}}}"
    hint = hint or f"add `{name}:` to `variables`"
    return VariableError(
        f"there is no variable `{name[:100]}`", reference.offset, reference.length, hint=hint, code="unknown_variable"
    )


def _cycle(reference: VariableReference, chain: tuple[str, ...]) -> VariableError:
    loop = chain[chain.index(reference.name) :] if reference.name in chain else chain
    message = f"the variables lead back to themselves: {' → '.join([*loop, reference.name])}"
    return VariableError(
        message, reference.offset, reference.length, hint="give one of them a value of its own", code="variable_cycle"
    )


def _from_here(error: VariableError, reference: VariableReference, name: str) -> VariableError:
    """*error* in the value of variable *name*, placed in the text that uses the variable."""
    message = error.message if error.within else f"in variable `{name}`: {error.message}"
    return VariableError(
        message, reference.offset, reference.length, hint=error.hint, code=error.code, within=error.within or name
    )


def _joined(parts: list[str | SourceReference]) -> tuple[str | SourceReference, ...]:
    """*parts* with adjacent texts joined."""
    joined: list[str | SourceReference] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)
