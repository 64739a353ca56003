"""Compiles a document with its overlay: variables, settings, credentials, rules. It notes every problem."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..rules.rule import Options
from ..rules.ruleset import RuleSet
from ..rules.settings import Settings
from ..schemes import SCHEMES
from .convert import Misfit, Resolver, draft_of
from .credentials import BESIDE, Credentials
from .fields import Field, Spec, Text, Variants, spec_of
from .nodes import Mapping, Scalar
from .problems import suggest
from .reading import Reading
from .rulebook import Rulebook
from .template import VariableError, parse
from .variables import Variable, Variables

KEYS: Final = ("version", "environment", "variables", "environments", "settings", "credentials", "rules")


def compiled(reading: Reading, document: Mapping, environment: str | None, files: tuple[Path, ...]) -> RuleSet | None:
    """The rules of *document*.

    Args:
        reading: notes the problems.
        document: the merged document.
        environment: the environment to use instead of the file's.
        files: the files that were read for it.

    Returns:
        The rules; ``None`` when the document has an error.
    """
    reading.conceal(document, *_credential_keys())
    _conceal_variables(reading, document)
    misspelt = _misspelt(reading, document)
    _version(reading, document)
    active = _environment(reading, document, environment)
    reading.variables = _variables(reading, document, active)
    settings = _settings(reading, document)
    credentials = Credentials(reading, _section(reading, document, "credentials"))
    book = Rulebook(reading, credentials)
    rules = document.get("rules")
    if rules is None and "rules" not in misspelt:
        reading.report(document, "missing_key", "there are no rules", "rules: is a list of {match, auth}")
    elif rules is not None:
        book.add(rules)
    credentials.note_unused()
    if reading.errors:
        return None
    compiled_rules = RuleSet(
        book.rules,
        environment=active,
        settings=settings,
        files=(*files, *sorted(reading.files)),
        credentials=credentials.made,
    )
    _unreachable(reading, compiled_rules, book)
    return compiled_rules


def _misspelt(reading: Reading, document: Mapping) -> set[str | None]:
    unknown = [key for key, _ in document.entries if key.text not in KEYS]
    return {reading.unknown_key(key, KEYS, f"there is no key {key.text!r} here") for key in unknown}


def _conceal_variables(reading: Reading, document: Mapping) -> None:
    sections = [document.get("variables")]
    environments = document.get("environments")
    if isinstance(environments, Mapping):
        sections += [node for _, node in environments.entries]
    for section in sections:
        reading.conceal_variables(section if isinstance(section, Mapping) else None)


def _version(reading: Reading, document: Mapping) -> None:
    node = document.get("version")
    if node is None:
        reading.report(document, "missing_key", "version is missing", "write version: 1 in the first line")
    elif not isinstance(node, Scalar) or node.text != "1":
        reading.report(
            node, "wrong_value", "this is written for another version of authwright", "version: 1 is the one that is known here"
        )


def _section(reading: Reading, document: Mapping, key: str) -> Mapping | None:
    """The mapping under *key*; an empty key is an empty mapping."""
    node = document.get(key)
    if node is None or isinstance(node, Mapping):
        return node
    if not (isinstance(node, Scalar) and node.value is None and node.plain):
        reading.report(node, "wrong_type", f"{key} must be a mapping")
    return None


def _environment(reading: Reading, document: Mapping, chosen: str | None) -> str:
    node = document.get("environment")
    names = tuple(environments.names) if (environments := _section(reading, document, "environments")) else ()
    if chosen:
        if chosen not in names:
            place = document.key("environments") or document
            hint = suggest(chosen, names) or (f"there are: {', '.join(names)}" if names else "add it under environments")
            reading.report(place, "unknown_environment", f"there is no environment {chosen!r}", hint)
        return chosen
    if node is None:
        return ""
    if not isinstance(node, Scalar) or node.value is None:
        reading.report(node, "wrong_type", "environment must be the name of one of the environments")
        return ""
    reading.choose(node, node.text, names, "environment")
    return node.text


def _variables(reading: Reading, document: Mapping, active: str) -> Variables:
    values: dict[str, Scalar] = {}
    _collect(reading, _section(reading, document, "variables"), values)
    environments = _section(reading, document, "environments")
    for key, node in environments.entries if environments else ():
        if isinstance(node, Mapping):
            _collect(reading, node, values if key.text == active else {})
        elif not (isinstance(node, Scalar) and node.value is None):
            reading.report(node, "wrong_type", f"the environment {key.text} must be a mapping of variables")
    variables = Variables({name: Variable(node.text, reading.folder(node)) for name, node in values.items()})
    reading.variables = variables
    for node in values.values():
        if "$" in node.text:
            reading.expand(node)
    return variables


def _collect(reading: Reading, mapping: Mapping | None, into: dict[str, Scalar]) -> None:
    for key, node in mapping.entries if mapping else ():
        if not isinstance(node, Scalar):
            reading.report(node, "wrong_type", f"the variable {key.text} must be a text")
            continue
        try:
            parse(node.text)
        except VariableError as error:
            reading.report_inside(node, error.code, error)
            continue
        into[key.text] = node


def _settings(reading: Reading, document: Mapping) -> Settings:
    section = _section(reading, document, "settings")
    draft = draft_of(reading, spec_of(Settings), section) if section else None
    if draft is None or not reading.known_now(draft.waiting):
        return Settings()
    try:
        settings: Settings = draft.make(Resolver(reading.sources))
    except Misfit as error:
        reading.report(error.node, "wrong_value", error.message, error.hint)
        return Settings()
    return settings


def _unreachable(reading: Reading, rules: RuleSet, book: Rulebook) -> None:
    for index, earlier in rules.unreachable():
        first = rules.rules[earlier]
        message = f"the rule {rules.rules[index].name} can never match: {first.name} ({first.location}) takes all its requests"
        reading.warn(book.places[index], "unreachable_rule", message, "put the narrower rule first")


def _credential_keys() -> tuple[frozenset[str], frozenset[str]]:
    """The keys of all parameters: first those of secrets, then the others."""
    owners: tuple[type, ...] = (*SCHEMES.values(), Options, Settings)
    fields = [field for owner in owners for field in _fields_of(spec_of(owner))]
    secret = frozenset(
        field.key for field in fields if isinstance(field.kind, Text) and field.kind.secret and not field.kind.file
    )
    return secret, frozenset(field.key for field in fields).union(BESIDE, ("grant",)) - secret


def _fields_of(spec: Spec) -> list[Field]:
    variants = spec.variants.kind.specs.values() if spec.variants and isinstance(spec.variants.kind, Variants) else ()
    return [*spec.fields.values(), *(field for variant in variants for field in variant.fields.values())]
