"""The JSON Schema: current, valid itself, true of every file of ours, and of no misspelt one."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from authwright.config.compile import KEYS
from authwright.config.schema import schema

CONFIG = Path(__file__).parents[2] / "config"
FILES = [CONFIG / "authwright.yaml", *sorted((CONFIG / "recipes").glob("*.yaml"))]


def errors_of(document: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(schema()).iter_errors(document)]


def with_rule(rule: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "rules": [rule]}


def test_the_committed_schema_is_current():
    assert json.loads((CONFIG / "authwright.schema.json").read_text("utf-8")) == schema()


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_of_ours_is_valid(path: Path):
    assert errors_of(yaml.safe_load(path.read_text("utf-8"))) == []


def test_it_knows_every_key_of_the_file():
    assert set(schema()["properties"]) == set(KEYS)


def objects(node: Any) -> list[dict[str, Any]]:
    """Every schema of an object with known keys, at any depth."""
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = [node] if isinstance(node, dict) and isinstance(node.get("properties"), dict) and node.get("type") == "object" else []
    return [*own, *(found for one in below for found in objects(one))]


def test_no_object_takes_a_key_it_does_not_know():
    assert [found for found in objects(schema()) if found["additionalProperties"] is not False] == []


OAUTH = {"type": "oauth2", "grant": "client_credentials", "token_endpoint": "https://i.example.com/t", "client_id": "x"}


@pytest.mark.parametrize(
    "auth",
    [
        "orders",
        "none",
        "inherit",
        {"type": "bearer", "token": "${env:X}"},
        {"extends": "orders", "scope": ["a"]},
        OAUTH | {"refresh": "${refresh}", "client_auth": "${method}"},
        OAUTH | {"extra": {"token": {"body": {"box_subject_id": 12}}}},
    ],
    ids=str,
)
def test_what_a_rule_may_say_is_valid(auth: Any):
    assert errors_of(with_rule({"match": "a.example.com", "auth": auth})) == []


@pytest.mark.parametrize(
    "document",
    [
        {"rules": []},
        {"version": 2, "rules": []},
        {"version": 1, "rules": [], "enviroment": "dev"},
        {"version": 1, "rules": [], "settings": {"lisen": "x"}},
        {"version": 1, "rules": [], "credentials": {"c": {"type": "baerer", "token": "x"}}},
        {"version": 1, "rules": [], "credentials": {"c": {"token": "x"}}},
        with_rule({"match": {"hots": "a.example.com"}}),
        with_rule({"macth": "a.example.com"}),
        with_rule({"match": "a.example.com", "on_existing": "kepp"}),
        with_rule({"match": "a.example.com", "allow_http": "yes"}),
        with_rule({"match": "a.example.com", "auth": {"type": "bearer", "tokn": "x"}}),
        with_rule({"match": "a.example.com", "auth": {"type": "bearer"}}),
        with_rule({"match": "a.example.com", "auth": {"extends": "x", "tokn": "x"}}),
        with_rule({"match": "a.example.com", "auth": {"type": "oauth2", "grant": "client_credential", "client_id": "x"}}),
        with_rule({"match": "a.example.com", "auth": OAUTH | {"username": "x"}}),
        with_rule({"match": "a.example.com", "auth": OAUTH | {"client_auth": "client_secret_pots"}}),
        with_rule({"match": "a.example.com", "auth": OAUTH | {"extra": {"tokn": {}}}}),
    ],
    ids=str,
)
def test_what_is_misspelt_or_missing_is_not_valid(document: dict[str, Any]):
    assert errors_of(document) != []
