"""Values with their variables expanded.

A value is expanded once: what a secret contains is never expanded again, so sources are read only after everything here is
done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..sources.value import Deferred, SourceReference, Value
from .problems import suggest
from .template import MAX_DEPTH, Template, VariableError, VariableReference, parse

MAX_LENGTH: Final = 1024 * 1024
MAX_PARTS: Final = 1000
MAX_TOTAL: Final = 64 * 1024 * 1024
"""Limits on the characters and pieces of one value, and on the characters of all together. A few variables that name each
other twice would grow without bound."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's value, and the folder of the file that defines it."""

    text: str
    base_dir: Path


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


def _value(parts: tuple[str | SourceReference, ...]) -> Value:
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else Deferred(parts)


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
