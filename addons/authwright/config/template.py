"""``${…}`` in texts, taken apart: variables, secret sources and their defaults.

``${name}`` is a variable, ``${word:…}`` a secret source (:mod:`authwright.sources`), ``${…:-default}`` gives a default that
may hold ``${…}`` again, ``$$`` is a dollar sign. Any other ``$`` is itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ..sources import SOURCES
from .problems import suggest

MAX_DEPTH: Final = 32
"""How deep variables and defaults may nest."""

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


def parse(text: str) -> Template:
    """Parse *text*.

    Raises:
        VariableError: a ``${`` is not closed, is empty, or names an unknown kind of source.
    """
    return _parse(text) if "$" in text else Template((text,) if text else ())


@lru_cache(maxsize=4096)
def _parse(text: str) -> Template:
    return Template(_pieces(text, 0, depth=0)[0])


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
