"""Consent belongs to one path and to a reach; without it no source of a found configuration is read."""

import json
import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from authwright.config import consent as consenting
from authwright.config import inspect, load, reach_at
from authwright.config.consent import Consent, Consents, Untrusted, needed
from authwright.config.find import own_folder
from authwright.config.reach_lines import Fact
from authwright.config.reload import Watch
from authwright.errors import AuthwrightError, ConfigError
from authwright.sources.reader import Sources, Unread
from authwright.sources.value import references

RECIPES = Path(__file__).parents[2] / "config" / "recipes"
GITHUB = 'version: 1\nrules:\n  - {name: first, match: api.github.com, auth: {type: bearer, token: "${env:T}"}}\n'
WIDER = GITHUB.replace("api.github.com", "{host: [api.github.com, evil.example]}")
FACTS = (Fact("runs", "pass show api"), Fact("sends ${env:T} to", "api.github.com"))


@pytest.fixture
def consents(tmp_path):
    return Consents(tmp_path / "home")


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("T", "t0ken")
    path = tmp_path / "authwright.yaml"
    path.write_text(GITHUB)
    return path


@pytest.fixture
def consent(file, consents):
    return Consent(file, consents)


def test_what_was_allowed_is_kept_for_its_path_alone(consents, tmp_path):
    consents.allow(tmp_path / "a.yaml", FACTS)
    assert consents.lines(tmp_path / "a.yaml") == {"runs pass show api", "sends ${env:T} to api.github.com"}
    assert consents.lines(tmp_path / "b.yaml") is None


def test_another_way_to_the_folder_is_the_same_path(consents, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    consents.allow(tmp_path / "link" / "a.yaml", FACTS)
    assert consents.lines(tmp_path / "folder" / "a.yaml") is not None


def test_a_link_to_the_file_is_another_path_since_commands_are_looked_for_beside_it(consents, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.yaml").symlink_to(tmp_path / "a.yaml")
    consents.allow(tmp_path / "a.yaml", FACTS)
    assert consents.lines(tmp_path / "elsewhere" / "a.yaml") is None


def test_it_lies_in_files_that_only_their_owner_can_read(consents, tmp_path):
    os.umask(before := os.umask(0))
    os.umask(0)
    try:
        consents.allow(tmp_path / "a.yaml", FACTS)
    finally:
        os.umask(before)
    kept = consents.file(tmp_path / "a.yaml")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (kept, kept.parent, tmp_path / "home")] == [0o600, 0o700, 0o700]
    assert list(kept.parent.iterdir()) == [kept]


def test_it_is_taken_back_and_listed(consents, tmp_path):
    for name in ("b.yaml", "a.yaml"):
        consents.allow(tmp_path / name, FACTS)
    assert [one.path.name for one in consents.every()] == ["a.yaml", "b.yaml"]
    assert (consents.revoke(tmp_path / "a.yaml"), consents.revoke(tmp_path / "a.yaml")) == (True, False)
    assert [one.path.name for one in consents.every()] == ["b.yaml"]


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "[" * 200_000, "9" * 20_000, '{"file": 7}', '{"file": "/elsewhere", "reach": ["runs pass show api"]}'],
    ids=range(7),
)
def test_what_is_damaged_or_anothers_is_no_consent(consents, tmp_path, damage):
    consents.allow(tmp_path / "a.yaml", FACTS)
    consents.file(tmp_path / "a.yaml").write_text(damage)
    assert consents.lines(tmp_path / "a.yaml") is None


def test_a_consent_that_others_could_have_written_is_refused(consents, tmp_path):
    consents.allow(tmp_path / "a.yaml", FACTS)
    consents.file(tmp_path / "a.yaml").chmod(0o666)
    with pytest.raises(AuthwrightError, match="can write to"):
        consents.lines(tmp_path / "a.yaml")


def test_the_oldest_are_forgotten_beyond_a_bound(consents, tmp_path, monkeypatch):
    monkeypatch.setattr(consenting, "MOST_FILES", 3)
    for number in range(5):
        consents.allow(tmp_path / f"{number}.yaml", FACTS)
        os.utime(consents.file(tmp_path / f"{number}.yaml"), ns=(number, number))
    assert [one.path.name for one in consents.every()] == ["2.yaml", "3.yaml", "4.yaml"]


def test_a_home_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "home").write_text("no folder")
    with pytest.raises(AuthwrightError, match="Your consent cannot be kept in"):
        Consents(tmp_path / "home").allow(tmp_path / "a.yaml", FACTS)


def test_who_names_a_file_or_has_it_in_the_own_folder_consents_by_that(tmp_path):
    assert needed(tmp_path / "authwright.yaml", tmp_path, given=True) is None
    assert needed(own_folder() / "authwright.yaml", tmp_path, given=False) is None
    assert needed(tmp_path / "authwright.yaml", tmp_path, given=False) is not None


def test_without_consent_no_source_is_read(file, consent, monkeypatch, tmp_path):
    for name in ("resolve", "missing", "_ask"):
        monkeypatch.setattr(Sources, name, lambda *_: pytest.fail("a source was read"))
    with pytest.raises(Untrusted) as caught:
        load(file, consent=consent)
    assert (caught.value.code, caught.value.hint) == ("untrusted", f"authwright trust {file}")
    assert {fact.line for fact in caught.value.reach} == {
        "authenticates requests to api.github.com",
        "sends ${env:T} to api.github.com",
    }


def test_with_consent_it_is_used_and_a_narrower_one_too(file, consent, consents):
    file.write_text(WIDER)
    consents.allow(file, reach_at(file))
    assert load(file, consent=consent).rules
    file.write_text(GITHUB)
    assert load(file, consent=consent).rules


def test_one_that_reaches_further_says_what_is_new(file, consent, consents):
    consents.allow(file, reach_at(file))
    file.write_text(WIDER)
    with pytest.raises(Untrusted) as caught:
        load(file, consent=consent)
    assert [fact.line for fact in caught.value.new] == [
        "authenticates requests to evil.example",
        "sends ${env:T} to evil.example",
    ]
    assert "it authenticates requests to evil.example (and 1 more)" in caught.value.message


def test_an_empty_reach_needs_consent_too(file, consent, consents):
    file.write_text("version: 1\nrules: []\n")
    with pytest.raises(Untrusted):
        load(file, consent=consent)
    consents.allow(file, reach_at(file))
    assert load(file, consent=consent).rules == ()


def name(watch):
    return watch.current.rules[0].name


def test_a_reload_that_widens_the_reach_keeps_the_old_rules_until_the_user_consents(file, consent, consents):
    consents.allow(file, reach_at(file))
    watch = Watch(file, None, consent)
    file.write_text(WIDER.replace("first", "second"))

    said = watch.refresh()
    assert said == (
        f"{file} reaches further than you have allowed: it authenticates requests to evil.example (and 1 more)."
        f" The old rules stay in force; to allow it: authwright trust {file}"
    )
    assert (watch.refresh(), name(watch)) == (None, "first")
    consents.allow(file, reach_at(file))
    assert (watch.refresh(), name(watch)) == (None, "second")


def test_a_reload_that_adds_no_reach_asks_nothing(file, consent, consents):
    consents.allow(file, reach_at(file))
    watch = Watch(file, None, consent)
    file.write_text(GITHUB.replace("first", "second"))
    assert (watch.refresh(), name(watch)) == (None, "second")


def test_consent_that_is_taken_back_is_said_and_the_old_rules_stay(file, consent, consents):
    consents.allow(file, reach_at(file))
    watch = Watch(file, None, consent)
    consents.revoke(file)
    assert "you have not allowed what it reaches" in (watch.refresh() or "")
    assert name(watch) == "first"


class Recording(Sources):
    """Sources that say what they were asked for."""

    def __init__(self, environment):
        super().__init__(environment)
        self.asked = set()

    def missing(self, value):
        self.asked |= {f"${{{part.kind}:{part.argument}}}" for part in references(value)}
        return super().missing(value)

    def resolve(self, value):
        self.asked |= {f"${{{part.kind}:{part.argument}}}" for part in references(value)}
        return super().resolve(value)


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_source_that_a_load_asks_for_stands_in_the_reach(recipe):
    lines = "\n".join(fact.line for fact in reach_at(recipe))
    recording = Recording({})
    inspect(recipe, sources=recording)
    assert [source for source in recording.asked if source not in lines] == []


def test_check_looks_at_files_and_reads_none(tmp_path, monkeypatch):
    file = tmp_path / "authwright.yaml"
    file.write_text(
        'version: 1\nrules:\n  - {match: a.example.com, auth: {type: bearer, token: "${file:t}"}}\n'
        '  - {match: {host: "${file:h}", path: "/${file:p}"}, auth: {type: bearer, token: "${file:none}"}}\n'
    )
    for held in ("t", "h", "p"):
        (tmp_path / held).write_text("x")
        (tmp_path / held).chmod(0o600)
    monkeypatch.setattr("authwright.sources.file.read_own", lambda *_: pytest.fail("a file was read"))
    rules, problems = inspect(file, sources=Unread({}))
    assert rules is not None
    assert [(one.code, one.message) for one in problems if one.code == "secret_missing"] == [
        ("secret_missing", f"there is no file {tmp_path / 'none'}")
    ]
    file.write_text(file.read_text().replace("file:t}", "file:gone}"))
    assert f"there is no file {tmp_path / 'gone'}" in [one.message for one in inspect(file, sources=Unread({}))[1]]


def test_a_kept_consent_holds_paths_and_lines_and_nothing_else(consents, tmp_path):
    consents.allow(tmp_path / "a.yaml", FACTS)
    assert set(json.loads(consents.file(tmp_path / "a.yaml").read_text())) == {"file", "reach"}


def asks(file, consent):
    try:
        load(file, consent=consent)
    except Untrusted:
        return True
    return False


def test_of_the_usual_edits_none_asks_and_of_those_that_widen_the_reach_each_does(file, consent, consents):
    from tests.config.test_reach import USUAL, WHOLE, WIDENING

    file.write_text(WHOLE)
    consents.allow(file, reach_at(file))

    def asking(edits):
        for old, new, *_ in edits.values():
            file.write_text(WHOLE.replace(old, new))
            with suppress(ConfigError):  # a table's edit may name what is not there: consent comes before that
                yield asks(file, consent)

    assert [sum(asking(edits)) for edits in (USUAL, WIDENING)] == [0, len(WIDENING)]
    assert (len(USUAL) >= 20, len(WIDENING) >= 10) == (True, True)
