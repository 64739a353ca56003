"""A watched configuration: renewed when a file changes, kept when it breaks, and nothing left behind."""

import gc
import os
from pathlib import Path

import pytest

from authwright.config.reload import Watch
from authwright.errors import ConfigError
from authwright.rules.rule import Credential
from authwright.rules.ruleset import RuleSet


def text(host: str, more: str = "") -> str:
    return f"version: 1\n{more}rules:\n  - {{name: {host}, match: {host}.example.com, auth: {{type: bearer, token: '${{env:API_TOKEN}}'}}}}\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("API_TOKEN", "token")
    path = tmp_path / "authwright.yaml"
    path.write_text(text("first"), "utf-8")
    return path


def name(watch: Watch) -> str:
    return watch.current.rules[0].name


def test_what_is_broken_from_the_start_is_an_error(file: Path):
    file.write_text("version: 1\n", "utf-8")

    with pytest.raises(ConfigError, match="there are no rules"):
        Watch(file)


def test_nothing_is_read_again_while_nothing_changes(file: Path):
    watch = Watch(file)
    before = watch.current

    assert (watch.changed(), watch.refresh(), watch.current is before) == (False, None, True)


def test_a_changed_file_is_taken_over_without_a_word(file: Path):
    watch = Watch(file)
    file.write_text(text("second"), "utf-8")

    assert (watch.changed(), watch.refresh(), name(watch), watch.changed()) == (True, None, "second", False)


def test_a_file_of_the_same_size_and_time_that_was_replaced_is_noticed(file: Path):
    watch = Watch(file)
    new = file.with_name("new.yaml")
    new.write_text(text("other"), "utf-8")
    os.utime(new, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    new.replace(file)

    assert (watch.refresh(), name(watch)) == (None, "other")


@pytest.mark.parametrize("broken", ["", "version: 1\nrules: [", "version: 1\nrules:\n  - {match: x.example.com, auth: nope}\n"])
def test_a_broken_file_leaves_the_old_rules_in_force_and_says_so_once(file: Path, broken: str):
    watch = Watch(file)
    before = watch.current
    file.write_text(broken, "utf-8")
    said = watch.refresh()

    assert said is not None
    assert "old rules stay in force" in said
    assert (watch.refresh(), watch.current is before) == (None, True)


def test_a_file_that_is_gone_leaves_the_old_rules_in_force(file: Path):
    watch = Watch(file)
    file.unlink()

    assert "no such file" in (watch.refresh() or "")
    assert name(watch) == "first"


def test_a_file_that_is_mended_is_taken_over(file: Path):
    watch = Watch(file)
    file.write_text("version: 1\nrules: [", "utf-8")
    watch.refresh()
    file.write_text(text("mended"), "utf-8")

    assert (watch.refresh(), name(watch)) == (None, "mended")


def test_an_overlay_that_comes_and_goes_is_noticed(file: Path):
    watch = Watch(file)
    overlay = file.with_name("authwright.local.yaml")
    overlay.write_text("rules:\n  - {name: mine, match: mine.example.com, auth: none}\n", "utf-8")
    came = (watch.refresh(), name(watch))
    overlay.unlink()

    assert (came, (watch.refresh(), name(watch))) == ((None, "mine"), (None, "first"))


def test_a_secret_file_that_changes_is_read_again(file: Path, tmp_path: Path):
    secret = tmp_path / "token"
    secret.write_text("old", "utf-8")
    secret.chmod(0o600)
    file.write_text(text("first").replace("env:API_TOKEN", "file:token"), "utf-8")
    watch = Watch(file)
    secret.write_text("newer", "utf-8")

    assert (watch.refresh(), watch.current.rules[0].credential.scheme().token.reveal()) == (None, "newer")


def test_an_environment_that_vanishes_is_a_broken_reload(file: Path):
    file.write_text(text("first", "environments: {dev: {}}\n"), "utf-8")
    watch = Watch(file, "dev")
    file.write_text(text("second", "environments: {prod: {}}\n"), "utf-8")

    assert "there is no environment 'dev'" in (watch.refresh() or "")
    assert (name(watch), watch.current.environment) == ("first", "dev")


def alive() -> tuple[int, int]:
    gc.collect()
    objects = gc.get_objects()
    return sum(isinstance(one, RuleSet) for one in objects), sum(isinstance(one, Credential) for one in objects)


def test_a_thousand_reloads_leave_nothing_behind(file: Path):
    watch = Watch(file)
    file.write_text(text("again"), "utf-8")
    watch.refresh()
    before = alive()
    for index in range(1000):
        file.write_text(text("again") + "#" * index if index % 2 else "version: 1\nrules: [" + "#" * index, "utf-8")
        watch.refresh()
    file.write_text(text("last"), "utf-8")
    watch.refresh()

    assert (name(watch), alive()) == ("last", before)
