"""Makes the JSON Schema of the configuration (draft 2020-12) from the dataclasses, so that an editor completes keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

from ..rules.rule import Options
from ..rules.settings import Settings
from ..schemes import SCHEMES
from ..sources import SOURCES
from .fields import Choice, Duration, Field, FieldKind, Flag, Free, Nested, Several, Spec, Text, Variants, Whole, spec_of

type Schema = dict[str, Any]

_VARIABLE: Schema = {"type": "string", "pattern": r"\$\{"}
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_TEXTS: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}


def schema() -> Schema:
    """The whole schema."""
    examples = ", ".join(source.example for source in SOURCES.values())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "authwright.yaml",
        "description": f"Rules by which authwright authenticates HTTP requests. Secrets come from {examples}.",
        **_object(
            {
                "version": {"const": 1, "description": "The version of this format."},
                "environment": {"type": "string", "description": "The environment that is active unless --env says another."},
                "variables": {**_variables(), "description": "Variables for every environment, used as ${name}."},
                "environments": {
                    "type": "object",
                    "additionalProperties": {"anyOf": [_variables(), {"type": "null"}]},
                    "description": "Variables by environment; they override `variables`.",
                },
                "settings": {**_of_spec(spec_of(Settings)), "description": "How the proxy listens, and what it may do."},
                "credentials": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/$defs/credential"},
                    "description": "Credentials by name, for rules to use.",
                },
                "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}, "description": "The first that matches wins."},
            },
            required=("version", "rules"),
        ),
        "$defs": {"credential": _credential(), "auth": _auth(), "match": _match(), "rule": _rule()},
    }


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _variables() -> Schema:
    return {"type": "object", "additionalProperties": _TEXT}


def _credential() -> Schema:
    extending = {"extends": {"type": "string", "description": "The credential whose parameters these override."}}
    every: Schema = {}
    for name in SCHEMES:
        for variant in _variants(name):
            every |= variant["properties"]
    loose = {key: {"description": value["description"]} if "description" in value else {} for key, value in every.items()}
    whole = [variant for name in SCHEMES for variant in _variants(name)]
    nothing = _object({"type": {"const": "none", "description": "No credential."}}, required=("type",))
    return {"oneOf": [*whole, nothing, _object({**loose, **extending}, required=("extends",))]}


def _variants(name: str) -> list[Schema]:
    """One object for each scheme, or for each grant of a scheme that has grants."""
    spec = spec_of(SCHEMES[name])
    common: Schema = {
        "type": {"const": name, "description": spec.doc},
        "hosts": {**_TEXTS, "description": "The only hosts that this credential may go to."},
    }
    if spec.variants is None or not isinstance(spec.variants.kind, Variants):
        return [_of_fields(spec.fields, common, ("type",))]
    return [
        _of_fields(
            spec.chosen(word), {**common, "grant": {"const": word, "description": variant.doc}}, ("type", spec.variants.key)
        )
        for word, variant in spec.variants.kind.specs.items()
    ]


def _auth() -> Schema:
    return {
        "description": "A credential's name, none, inherit, or a credential of its own.",
        "anyOf": [{"type": "string"}, {"$ref": "#/$defs/credential"}],
    }


def _match() -> Schema:
    named = {"type": "object", "additionalProperties": _TEXTS}
    keys = {
        "host": {**_TEXTS, "description": "api.example.com, *.example.com (one label), **.example.com (one or more), or an IP."},
        "port": {**_TEXTS, "description": "A port, or * for any; the scheme's default when it is not given."},
        "scheme": {**_TEXTS, "description": "http or https."},
        "path": {**_TEXTS, "description": "* is any run within a segment, ** any run across."},
        "method": {**_TEXTS, "description": "HTTP methods."},
        "header": {**named, "description": "Header fields by name, each a glob."},
        "query": {**named, "description": "Query parameters by name, each a glob."},
        "filter": {**_TEXTS, "description": "A mitmproxy filter about the request: ~d ~u ~m ~h ~hq ~t & | ! ( )."},
    }
    short = {"type": "string", "description": "[METHOD[,METHOD] ][scheme://]host[:port][/path]"}
    return {"description": "Which requests the rule is for.", "anyOf": [short, _object(keys)]}


def _rule() -> Schema:
    keys = {
        "name": {"type": "string", "description": "Its name in logs and explanations."},
        "match": {"$ref": "#/$defs/match"},
        "auth": {"$ref": "#/$defs/auth"},
        "rules": {
            "type": "array",
            "items": {"$ref": "#/$defs/rule"},
            "description": "Rules within this one; they inherit match, auth and options.",
        },
    }
    return _of_fields(spec_of(Options).fields, keys, ())


def _of_spec(spec: Spec) -> Schema:
    return _of_fields(spec.fields, {}, ())


def _of_fields(fields: Mapping[str, Field], more: Schema, required: tuple[str, ...]) -> Schema:
    own = {key: field for key, field in fields.items() if not isinstance(field.kind, Variants)}
    needed = [key for key, field in own.items() if field.required]
    return _object({**more, **{key: _property(field) for key, field in own.items()}}, required=(*required, *needed))


def _property(field: Field) -> Schema:
    found = {**_of_kind(field.kind), "description": field.doc}
    if field.default not in (MISSING, None, ()) and isinstance(field.default, str | int) and field.default != "":
        found["default"] = field.default
    if field.example is not None:
        found["examples"] = [field.example]
    return found


def _of_kind(kind: FieldKind) -> Schema:
    match kind:
        case Flag():
            return {"anyOf": [{"type": "boolean"}, _VARIABLE]}
        case Whole(size=True) | Duration():
            return {"type": ["string", "integer"]}
        case Whole():
            return {"anyOf": [{"type": "integer"}, _VARIABLE]}
        case Choice(words):
            return {"anyOf": [{"enum": list(words)}, _VARIABLE]}
        case Several():
            return _TEXTS
        case Free(texts=True):
            return _variables()
        case Free():
            return {"type": "object"}
        case Nested(spec):
            return _of_spec(spec)
        case Text() | _:
            return _TEXT
