"""Makes dataclasses of nodes in two steps: first the checks that need no secrets, then the instance with its secrets.

:func:`draft_of` checks a mapping against a dataclass's :class:`~.fields.Spec` and notes every problem. Its draft makes the
instance with a :class:`Resolver`: at once, or when the credential is first used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as MappingType
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..flow.protocols import SourceCredential
from ..parameters import ParameterError
from ..rules.rule import Credential
from ..secret import Secret
from ..sources.env import ENV
from ..sources.keyring import KEYRING
from ..sources.reader import Sources
from ..sources.value import Deferred, Value, file_reference, references
from .fields import (
    Choice,
    CredentialField,
    Duration,
    Field,
    FieldKind,
    Flag,
    Free,
    Nested,
    Several,
    Spec,
    Text,
    Variants,
    Whole,
    spec_of,
)
from .nodes import Mapping, Node, Scalar, Sequence
from .problems import suggest
from .reading import Reading


class Resolver:
    """Reads secret sources, and remembers the secrets for the redactor.

    Args:
        sources: reads one source.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.secrets: set[str] = set()

    def text(self, value: Value, *, secret: bool = False, plain: bool = False) -> str:
        """The text of *value*. A *plain* one (a number, a word to choose) is no secret, even from a secret source.

        Raises:
            SecretError: a source yields nothing.
        """
        text = self._sources.resolve(value)
        if not plain and (secret or not isinstance(value, str)):
            self.secrets.add(text)
            self.secrets.update(
                self._sources.resolve(Deferred((part,))) for part in references(value) if not isinstance(value, str)
            )
        return text


class Misfit(ValueError):
    """A value turned out not to fit its parameter.

    Args:
        node: the node of the value.
        message: one sentence.
        hint: what to write instead.
    """

    def __init__(self, node: Node, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.hint = hint


class Draft(NamedTuple):
    """A checked value whose secrets are still to be read.

    Args:
        make: makes the value; raises SecretError, or Misfit when the value does not fit.
        waiting: the texts that hold secret sources, with their nodes.
        sources: the credentials whose tokens it takes.
    """

    make: Callable[[Resolver], Any]
    waiting: tuple[tuple[Scalar, Deferred], ...] = ()
    sources: tuple[Credential, ...] = ()


def draft_of(
    reading: Reading, spec: Spec, mapping: Mapping, *, beside: Iterable[str] = (), place: Node | None = None
) -> Draft | None:
    """Check *mapping* against *spec*.

    Args:
        reading: notes the problems.
        spec: what the dataclass takes.
        mapping: the parameters.
        beside: further keys of the same mapping, which other modules read.
        place: the place to note missing keys at; the mapping itself by default.

    Returns:
        A draft of the instance; ``None`` after noting a problem.
    """
    chosen = _chosen(reading, spec, mapping, place or mapping)
    if spec.variants and chosen is None:
        return None
    known = {key: field for key, field in spec.chosen(chosen).items() if not isinstance(field.kind, Variants)}
    own = {*beside, *([spec.variants.key] if spec.variants else [])}
    misspelt = _misspelt(reading, mapping, (*known, *own), _elsewhere(spec, chosen))
    fits = not misspelt
    drafts: dict[str, Draft] = {}
    for key, field in known.items():
        node = mapping.get(key)
        if node is None:
            if field.required and key not in misspelt:
                reading.report(place or mapping, "missing_key", f"{key} is missing", field.doc)
            fits = fits and not field.required
            continue
        draft = draft_value(reading, field, node)
        if draft is None:
            fits = False
        else:
            drafts[field.name] = draft
    if not fits:
        return None
    return _assembled(spec, chosen, mapping, drafts)


def draft_value(reading: Reading, field: Field, node: Node) -> Draft | None:
    """Check one parameter's value."""
    if isinstance(node, Scalar) and node.value is None and node.plain:
        reading.report(node, "empty_value", f"{field.key} has no value", field.doc)
        return None
    return _draft(reading, field.kind, node, field.key)


def _chosen(reading: Reading, spec: Spec, mapping: Mapping, place: Node) -> str | None:
    if spec.variants is None or not isinstance(spec.variants.kind, Variants):
        return None
    words = tuple(spec.variants.kind.specs)
    node = mapping.get(spec.variants.key)
    if node is None:
        reading.report(place, "missing_key", f"{spec.variants.key} is missing", f"one of: {', '.join(words)}")
        return None
    word = reading.expand(node) if isinstance(node, Scalar) else None
    if not isinstance(word, str):
        reading.report(node, "wrong_type", f"{spec.variants.key} must be one of: {', '.join(words)}")
        return None
    return word if reading.choose(node, word, words, spec.variants.key) else None


def _misspelt(reading: Reading, mapping: Mapping, known: tuple[str, ...], elsewhere: MappingType[str, str]) -> set[str | None]:
    """The keys that the unknown keys probably mean; ``None`` stands for those without a similar key."""
    unknown = [key for key, _ in mapping.entries if key.text not in known]
    for key in unknown:
        if key.text in elsewhere:
            reading.report(key, "key_elsewhere", f"{key.text} has no meaning here", elsewhere[key.text])
    return {
        reading.unknown_key(key, known, f"there is no key {key.text!r} here") for key in unknown if key.text not in elsewhere
    } | ({None} if any(key.text in elsewhere for key in unknown) else set())


def _elsewhere(spec: Spec, chosen: str | None) -> dict[str, str]:
    """The keys that another variant takes, each with a sentence that names the variant."""
    if spec.variants is None or not isinstance(spec.variants.kind, Variants):
        return {}
    owners: dict[str, list[str]] = {}
    for word, variant in spec.variants.kind.specs.items():
        for key in variant.fields:
            owners.setdefault(key, []).append(word)
    name = spec.variants.key
    return {
        key: f"{name}: {chosen} does not take it; it belongs to {name}: {', '.join(words)}"
        for key, words in owners.items()
        if chosen not in words
    }


def _assembled(spec: Spec, chosen: str | None, mapping: Mapping, drafts: dict[str, Draft]) -> Draft:
    def make(resolver: Resolver) -> Any:
        values = {name: draft.make(resolver) for name, draft in drafts.items()}
        if spec.variants is None or chosen is None:
            return _built(spec.cls, mapping, values)
        variant = spec.variant(chosen)
        theirs = {field.name for field in variant.fields.values()} - {field.name for field in spec.fields.values()}
        grant = _built(variant.cls, mapping, {name: value for name, value in values.items() if name in theirs})
        rest = {name: value for name, value in values.items() if name not in theirs}
        return _built(spec.cls, mapping, rest | {spec.variants.name: grant})

    waiting = tuple(pair for draft in drafts.values() for pair in draft.waiting)
    return Draft(make, waiting, tuple(source for draft in drafts.values() for source in draft.sources))


def _built(cls: type, mapping: Mapping, values: dict[str, Any]) -> Any:
    try:
        return cls(**values)
    except ParameterError as error:
        keys = {field.name: field.key for field in spec_of(cls).fields.values()}
        raise Misfit(mapping.get(keys.get(error.name, error.name)) or mapping, error.message, error.hint) from None
    except ValueError as error:
        raise Misfit(mapping, str(error)) from None


def _draft(reading: Reading, kind: FieldKind, node: Node, key: str) -> Draft | None:
    match kind, node:
        case CredentialField(), Scalar():
            return _reference(reading, node, key)
        case ((Text() | Flag() | Whole() | Duration() | Choice()), Scalar()):
            return _scalar(reading, kind, node, key)
        case Several(item), Sequence(items=items):
            return _joined([_draft(reading, item, one, key) for one in items], tuple)
        case Several(item), Scalar():
            return _joined([_draft(reading, item, node, key)], tuple)
        case Nested(spec), Mapping():
            return draft_of(reading, spec, node)
        case Free(texts), Mapping():
            return _free(reading, node, texts=texts)
        case _:
            reading.report(node, "wrong_type", f"{key} must be {_named(kind)}")
            return None


def _reference(reading: Reading, node: Scalar, key: str) -> Draft | None:
    source = reading.credential(node)
    if source is None:
        return None

    def make(_: Resolver) -> SourceCredential:
        grant = source.scheme().grant
        if grant is None:
            message = f"the credential {source.name} is of type {source.type}, and has no token to exchange"
            raise Misfit(node, message, f"{key} names a credential of type oauth2")
        return SourceCredential(source.name, grant)

    return Draft(make, (), (source,))


def _scalar(reading: Reading, kind: FieldKind, node: Scalar, key: str) -> Draft | None:
    value = reading.expand(node)
    if value is None:
        return None
    if isinstance(kind, Text) and kind.contents and isinstance(value, str) and not _INLINE.match(value):
        value = reading.looked_at(node, file_reference(value, reading.folder(node)))
    secret, plain = isinstance(kind, Text) and kind.secret, not isinstance(kind, Text)
    if isinstance(value, Deferred):
        later = value
        return Draft(
            lambda resolver: _fitting(kind, node, key, resolver.text(later, secret=secret, plain=plain)), ((node, later),)
        )
    if isinstance(kind, Text) and kind.file and value and "\n" not in value:
        value = str(reading.folder(node) / Path(value).expanduser())
        reading.is_own_file(node, Path(value))
    elif secret and value:
        hint = f"put it elsewhere: {key}: {ENV.example}, or {KEYRING.example}"
        reading.warn(node, "secret_in_file", f"{key} is a secret, and stands here in the clear", hint, hidden=value == node.text)
    try:
        fitting = _fitting(kind, node, key, value)
    except Misfit as error:
        reading.report(error.node, "wrong_value", error.message, error.hint)
        return None
    if secret:
        return Draft(lambda resolver: Secret(resolver.text(value, secret=True)))
    return Draft(lambda _: fitting)


def _free(reading: Reading, node: Node, *, texts: bool) -> Draft | None:
    match node:
        case Mapping(entries=entries):
            parts = [_free(reading, one, texts=texts) for _, one in entries]
            names = [key.text for key, _ in entries]
            return _joined(parts, lambda values: dict(zip(names, values, strict=True)))
        case Sequence(items=items) if not texts:
            return _joined([_free(reading, one, texts=False) for one in items], list)
        case Scalar(value=str()):
            value = reading.expand(node)
            if value is None:
                return None
            return Draft(lambda resolver: resolver.text(value), ((node, value),) if isinstance(value, Deferred) else ())
        case Scalar():
            known = node.text if texts else node.value
            return Draft(lambda _: known)
        case _:
            reading.report(node, "wrong_type", "a text must stand here, not a list")
            return None


def _joined(parts: list[Draft | None], combine: Callable[[list[Any]], Any]) -> Draft | None:
    drafts = [part for part in parts if part is not None]
    if len(drafts) < len(parts):
        return None
    return Draft(
        lambda resolver: combine([draft.make(resolver) for draft in drafts]),
        tuple(pair for draft in drafts for pair in draft.waiting),
    )


_INLINE: Final = re.compile(r"\s*(?:-----BEGIN|\{|\Z)|.*\n", re.DOTALL)
"""Matches a text that is PEM or JSON itself. Any other single line is the path of a file."""
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)?\Z")
_UNITS: Final = {None: "seconds", "ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SIZE: Final = re.compile(r"([0-9]+)\s*([KMG]i?)?B?\Z")
_FACTORS: Final = {None: 1, "K": 1000, "M": 1000**2, "G": 1000**3, "Ki": 1024, "Mi": 1024**2, "Gi": 1024**3}


def _fitting(kind: FieldKind, node: Node, key: str, text: str) -> Any:
    """The value of *text* as a *kind*.

    Raises:
        Misfit: *text* is no such value.
    """
    match kind:
        case Text(secret=True):
            return Secret(text)
        case Text():
            return text
        case Flag() if text in ("true", "false"):
            return text == "true"
        case Whole(size=True) if match_ := _SIZE.match(text):
            return int(match_[1]) * _FACTORS[match_[2]]
        case Whole(size=False) if re.fullmatch(r"-?[0-9]{1,18}", text):
            return int(text)
        case Duration() if (match_ := _DURATION.match(text)) and float(match_[1]) < 1e6:
            return timedelta(**{_UNITS[match_[2]]: float(match_[1])})
        case Duration(auto=True) if text == "auto":
            return text
        case Choice(words) if text in words:
            return text
        case Choice(words):
            raise Misfit(node, f"{key} cannot be {text[:60]!r}", suggest(text, words) or f"one of: {', '.join(words)}")
        case _:
            raise Misfit(node, f"{key} must be {_named(kind)}", _EXAMPLES.get(type(kind), ""))


_EXAMPLES: Final[dict[type, str]] = {Duration: "write 30s, 5m or 1h", Flag: "write true or false, without quotes"}


def _named(kind: FieldKind) -> str:
    match kind:
        case Text():
            return "a text"
        case Flag():
            return "true or false"
        case Whole(size=True):
            return "a size such as 16MiB"
        case Whole():
            return "a whole number"
        case Duration(auto=True):
            return "auto, or a duration such as 30s, 5m or 1h"
        case Duration():
            return "a duration such as 30s, 5m or 1h"
        case Choice(words):
            return f"one of: {', '.join(words)}"
        case Several():
            return "a text, or a list of texts"
        case CredentialField():
            return "a credential's name"
        case _:
            return "a mapping"
