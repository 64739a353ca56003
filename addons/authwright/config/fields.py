"""Reads the parameters of a configurable dataclass from its annotations and :func:`authwright.parameters.param`.

A scheme's dataclass is its configuration. ``convert`` makes values of these parameters, and ``schema`` the JSON Schema.
pydantic is no alternative: importing it and building its models costs 120-150 ms of the 250 ms that ``check`` may take, and it
has no values that wait for a secret source.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeAliasType

from ..grants import GRANTS
from ..secret import Secret


@dataclass(frozen=True, slots=True)
class Text:
    """A text. A *secret* is never shown; a *file* is a path; *contents* are PEM, JSON or the path of a file with them."""

    secret: bool = False
    file: bool = False
    contents: bool = False


@dataclass(frozen=True, slots=True)
class CredentialField:
    """The name of another credential that has a token."""


@dataclass(frozen=True, slots=True)
class Flag:
    """``true`` or ``false``."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; a *size* counts bytes and may be written ``16MiB``."""

    size: bool = False


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time such as ``30s``, ``5m``, ``1h`` or ``1d``; or the word ``auto``, if allowed."""

    auto: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """A list of texts or words, or one alone."""

    item: Text | Choice


@dataclass(frozen=True, slots=True)
class Free:
    """A mapping of free names to any values, or to *texts* alone."""

    texts: bool = False


@dataclass(frozen=True, slots=True)
class Nested:
    """Another dataclass, as a mapping of its own."""

    spec: Spec


@dataclass(frozen=True, slots=True)
class Variants:
    """One of several dataclasses, chosen by a word; its fields stand beside this one's."""

    specs: Mapping[str, Spec]


type FieldKind = Text | CredentialField | Flag | Whole | Duration | Choice | Several | Free | Nested | Variants


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter: ``name`` in the dataclass, ``key`` in the file."""

    name: str
    key: str
    kind: FieldKind
    doc: str
    default: Any
    example: Any = None
    advanced: bool = False

    @property
    def required(self) -> bool:
        """True when the user must give it."""
        return self.default is MISSING


@dataclass(frozen=True, slots=True)
class Spec:
    """The parameters of a dataclass, by the keys of the file."""

    cls: type
    doc: str
    fields: Mapping[str, Field]
    variants: Field | None = None

    def chosen(self, word: str | None) -> Mapping[str, Field]:
        """Every field that the mapping may have when *word* chooses the variant."""
        if word is None:
            return self.fields
        return {**self.variant(word).fields, **self.fields}

    def variant(self, word: str) -> Spec:
        """The variant called *word*."""
        assert self.variants is not None
        assert isinstance(self.variants.kind, Variants)
        return self.variants.kind.specs[word]


@cache
def spec_of(cls: type) -> Spec:
    """The parameters of *cls*.

    Raises:
        TypeError: a field has an annotation that no configuration value can have.
    """
    hints = typing.get_type_hints(cls)
    made = [_field(cls, field, hints[field.name]) for field in fields(cls) if "doc" in field.metadata]
    variants = next((field for field in made if isinstance(field.kind, Variants)), None)
    return Spec(cls, (cls.__doc__ or "").strip().partition("\n")[0], {field.key: field for field in made}, variants)


def _field(cls: type, field: Any, hint: Any) -> Field:
    meta = field.metadata
    kind = _variants() if meta["variants"] else CredentialField() if meta["credential"] else _kind(hint, size=meta["size"])
    if isinstance(kind, Text):
        kind = Text(kind.secret, file=meta["file"], contents=meta["contents"])
    if kind is None:
        raise TypeError(f"{cls.__name__}.{field.name} cannot be configured: {hint}")
    return Field(field.name, meta["key"] or field.name, kind, meta["doc"], field.default, meta["example"], meta["advanced"])


def _variants() -> Variants:
    return Variants({word: spec_of(grant) for word, grant in GRANTS.items()})


_PLAIN: Mapping[Any, FieldKind] = {str: Text(), Secret: Text(secret=True), bool: Flag(), timedelta: Duration()}


def _kind(hint: Any, *, size: bool) -> FieldKind | None:
    if isinstance(hint, TypeAliasType):
        hint = hint.__value__
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is int:
        return Whole(size)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and is_dataclass(hint):
        return Nested(spec_of(hint))
    if origin is Literal:
        return Choice(args)
    if origin in (UnionType, typing.Union):
        rest = [arg for arg in args if arg is not NoneType]
        if rest == [timedelta, Literal["auto"]]:
            return Duration(auto=True)
        return _kind(rest[0], size=size) if len(rest) == 1 else None
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        item = _kind(args[0], size=False)
        return Several(item) if isinstance(item, Text | Choice) else None
    if origin is not None and issubclass(origin, Mapping):
        return Free(texts=args[1] is str)
    return None
