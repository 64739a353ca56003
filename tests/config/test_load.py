"""A configuration from a path, its overlay, or a text."""

from pathlib import Path

import pytest

from authwright.config import inspect, load
from authwright.errors import ConfigError

BASE = "version: 1\nvariables: {host: a.example.com, path: /a}\nrules:\n  - {name: base, match: '${host}${path}', auth: none}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "authwright.yaml"
    path.write_text(BASE, "utf-8")
    return path


def overlay(file: Path, text: str) -> None:
    file.with_name("authwright.local.yaml").write_text(text, "utf-8")


def test_a_text_with_a_line_break_is_the_document_itself():
    assert [rule.name for rule in load(BASE).rules] == ["base"]


@pytest.mark.parametrize("kind", [Path, str])
def test_a_path_may_be_a_text_too(file: Path, kind: type):
    assert [rule.name for rule in load(kind(file)).rules] == ["base"]


def test_every_error_is_raised_at_once_and_warnings_stand_last():
    text = (
        "version: 1\ncredentials: {unused: {type: bearer, token: clear}}\nrules:\n  - {match: a.example.com, auth: nope, x: y}\n"
    )

    with pytest.raises(ConfigError) as caught:
        load(text)

    codes = [one.code for one in caught.value.problems]
    assert codes == ["unknown_credential", "unknown_key", "unused_credential", "secret_in_file"]


def test_inspect_tells_what_is_wrong_and_raises_nothing(tmp_path: Path):
    rules, problems = inspect(tmp_path / "nothing.yaml")

    assert (rules, [one.code for one in problems]) == (None, ["file_unreadable"])


def test_what_is_no_yaml_is_told_with_its_place():
    rules, problems = inspect("version: 1\nrules: [\n")

    assert rules is None
    assert [(one.file, one.severity) for one in problems] == [("<text>", "error")]


def test_a_key_given_twice_is_an_error():
    rules, problems = inspect("version: 1\nversion: 1\nrules: []\n")

    assert rules is None
    assert [(one.line, one.severity) for one in problems] == [(2, "error")]


def test_an_overlay_replaces_single_values_and_puts_its_rules_in_front(file: Path):
    overlay(file, "variables: {path: /b}\nrules:\n  - {name: mine, match: mine.example.com, auth: none}\n")
    rules = load(file)

    assert [(rule.name, rule.location) for rule in rules.rules] == [
        ("mine", "authwright.local.yaml:3"),
        ("base", "authwright.yaml:4"),
    ]
    assert [str(condition.text) for condition in rules.rules[1].match.conditions if condition.key == "path"] == ["/b"]


def test_an_overlay_completes_a_credential(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MINE", "my-own-token")
    file.write_text(
        "version: 1\ncredentials:\n  c: {type: bearer, prefix: X, token: '${env:UNSET}'}\nrules:\n  - {match: a.example.com, auth: c}\n",
        "utf-8",
    )
    overlay(file, "credentials:\n  c: {token: '${env:MINE}'}\n")

    scheme = load(file).rules[0].credential.scheme()
    assert (scheme.prefix, scheme.token.reveal()) == ("X", "my-own-token")


def test_a_problem_of_the_overlay_points_into_the_overlay(file: Path):
    overlay(file, "settings: {lisen: x}\n")

    assert [(Path(one.file).name, one.line, one.column) for one in inspect(file)[1]] == [("authwright.local.yaml", 1, 12)]


def test_a_secret_file_is_found_beside_the_file_that_names_it_and_watched(file: Path, tmp_path: Path):
    secret = tmp_path / "token"
    secret.write_text("from-a-file\n", "utf-8")
    secret.chmod(0o600)
    file.write_text("version: 1\nrules:\n  - match: a.example.com\n    auth: {type: bearer, token: '${file:token}'}\n", "utf-8")
    rules = load(file)

    assert rules.rules[0].credential.scheme().token.reveal() == "from-a-file"
    assert rules.files == (file, file.with_name("authwright.local.yaml"), secret)


def test_a_secret_file_that_others_may_read_is_a_warning(file: Path, tmp_path: Path):
    (tmp_path / "token").write_text("from-a-file\n", "utf-8")
    (tmp_path / "token").chmod(0o644)
    file.write_text("version: 1\nrules:\n  - match: a.example.com\n    auth: {type: bearer, token: '${file:token}'}\n", "utf-8")

    assert [one.code for one in inspect(file)[1]] == ["file_mode"]


def test_settings_are_those_of_the_file():
    settings = load(
        "version: 1\nsettings: {listen: '127.0.0.1:0', max_signed_body: 1MiB, inspect_all: true}\nrules: []\n"
    ).settings

    assert (settings.listen, settings.max_signed_body, settings.inspect_all, settings.mode) == (
        "127.0.0.1:0",
        1024 * 1024,
        True,
        "regular",
    )


def test_ten_thousand_rules_are_all_there_and_found():
    rules = load(
        "version: 1\nrules:\n" + "".join(f"  - {{name: r{i}, match: h{i}.example.com/v/**, auth: none}}\n" for i in range(10_000))
    )

    assert (len(rules.rules), rules.names("h9999.example.com")) == (10_000, False)
