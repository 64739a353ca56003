"""A configuration is found, loaded and put together in one place each, and a name in it is one credential's."""

import ast
from pathlib import Path

import pytest

from authwright.cli import configuration
from authwright.cli.configuration import credential, find_file, load_configuration
from authwright.cli.failure import NotFound
from authwright.cli.verb import Everywhere
from authwright.errors import AuthwrightError

ROOM = Path(configuration.__file__).parent
TEXT = """\
version: 1
environments: {dev: {}, prod: {}}
credentials:
  api: {type: bearer, token: "${env:NONE:-t0ken}"}
rules:
  - {match: a.example.com, auth: api}
  - {name: inline, match: b.example.com, auth: {type: bearer, token: "${env:NONE:-t0ken}"}}
settings: {listen: "127.0.0.1:1234", annotate: true}
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTHWRIGHT_HOME", str(tmp_path / "home"))
    path = tmp_path / "authwright.yaml"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize(
    ("function", "module"),
    [
        ("find", "configuration"),
        ("Watch", "configuration"),
        ("home_dir", None),
        ("build", "assembled"),
        ("open_store", "stored_tokens"),
    ],
)
def test_each_step_of_opening_is_taken_in_one_module(function, module):
    calls = {
        path.stem
        for path in ROOM.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    }
    assert calls == ({module} if module else {"configuration", "stored_tokens", "trusting", "ca", "ca_ending"})


def test_flags_stand_before_what_the_file_says(file):
    loaded = load_configuration(Everywhere(config=file, env="dev"), {"listen": "127.0.0.1:0"})
    assert (loaded.file, loaded.home, loaded.rules.environment) == (file, file.parent / "home", "dev")
    assert (loaded.settings.listen, loaded.settings.annotate) == ("127.0.0.1:0", True)
    assert load_configuration(Everywhere(config=file, env="dev"), environment="prod").rules.environment == "prod"


def test_a_rules_name_stands_for_its_own_credential(file):
    rules = load_configuration(Everywhere(config=file, env="dev")).rules
    assert credential(rules, "api").name == "api"
    assert credential(rules, "inline").name == ""
    with pytest.raises(NotFound) as caught:
        credential(rules, "apu")
    assert caught.value.hint == "there are: api"


@pytest.mark.parametrize(
    ("name", "hint"), [("authwright.yaml", "authwright init"), ("other.yaml", "check the name after --config")]
)
def test_a_file_that_is_not_there_is_said_with_what_to_do(tmp_path, name, hint):
    with pytest.raises(AuthwrightError) as caught:
        find_file(Everywhere(config=tmp_path / name))
    assert (caught.value.code, caught.value.hint) == ("config_missing", hint)
