"""A source is one file and one line in the table. Everything that knows several sources reads the table."""

import importlib
import pkgutil
import sys
from contextlib import suppress
from dataclasses import MISSING, fields

import pytest
from docs import generate
from tests.sources.values import MEANS, keyring_of, reference, value

import authwright.sources
from authwright.config import inspect
from authwright.config.schema import schema
from authwright.config.template import VariableError, parse
from authwright.errors import SecretError
from authwright.sources import SOURCES
from authwright.sources.reader import Sources
from authwright.sources.source import Holds, Source


def members(source):
    return {field.name: getattr(source, field.name) for field in fields(Source)}


@pytest.fixture
def asked(monkeypatch):
    """Where a source's question to a program or a person would be heard."""
    heard = []
    monkeypatch.setitem(sys.modules, "keyring", keyring_of(lambda *names: heard.append(names)))
    monkeypatch.setattr("authwright.sources.process.run", lambda *_: heard.append("command"))
    return heard


@pytest.mark.parametrize("member", [field.name for field in fields(Source)])
def test_a_source_that_lacks_a_member_cannot_be_made(member):
    half = {name: held for name, held in members(SOURCES["env"]).items() if name != member}
    assert [field.name for field in fields(Source) if field.default is not MISSING or field.default_factory is not MISSING] == []
    with pytest.raises(TypeError, match=member):
        Source(**half)


def test_a_source_that_is_not_in_the_table_is_never_the_keyring(asked):
    for ask in (Sources({}).resolve, Sources({}).missing, Sources({}).cheap, Sources({}).files):
        with pytest.raises(KeyError):
            ask(authwright.sources.value.Deferred((reference("half", "a/b"),)))
    assert asked == []


def test_every_source_of_the_room_is_in_the_table():
    modules = [
        importlib.import_module(f"authwright.sources.{found.name}") for found in pkgutil.iter_modules(authwright.sources.__path__)
    ]
    made = {held.kind: held for module in modules for held in vars(module).values() if isinstance(held, Source)}
    assert made == SOURCES


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_its_example_is_one_that_it_accepts(source):
    (part,) = parse(source.example).parts
    assert (part.kind, source.accepts(part.name)) == (source.kind, True)
    assert [wrong for wrong in ("", "\0") if source.accepts(wrong)] == []


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_it_touches_and_lacks_is_told_without_asking_anybody(source, asked, tmp_path):
    (part,) = parse(source.example).parts
    named = reference(source.kind, part.name, tmp_path)
    assert part.name in source.touches(named, MEANS)
    with suppress(SecretError):
        source.lacks(named, MEANS)
    source.files(named, MEANS)
    assert asked == []


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_value_that_is_read_at_load_is_not_kept_beyond_its_reason(source):
    assert (source.holds is Holds.LOAD) is not source.cheap


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_only_a_source_whose_value_holds_while_a_file_does_names_files(source, tmp_path):
    (part,) = parse(source.example).parts
    assert bool(source.files(reference(source.kind, part.name, tmp_path), MEANS)) is (source.holds is Holds.FILE)


class Safe:
    """Another place where secrets lie; its source is what one new file would hold."""

    def __init__(self, path):
        self.kept = {"api": "s3cret-of-the-safe", "empty": ""}
        self.opened = []
        self.path = path
        self.source = Source(
            kind="safe",
            example="${safe:name}",
            noun="the safe",
            meaning="an entry of the safe",
            cheap=False,
            holds=Holds.LOAD,
            accepts=str.isalpha,
            touches=lambda named, means: named.argument,
            lacks=self.lacks,
            read=self.read,
            files=lambda named, means: (self.path,),
        )

    def lacks(self, named, means):
        if named.argument not in self.kept:
            raise SecretError(f"the safe has no {named.argument}", hint="put it there")

    def read(self, named, means):
        self.opened.append(named.argument)
        self.lacks(named, means)
        return self.kept[named.argument]


@pytest.fixture
def safe(monkeypatch, tmp_path):
    made = Safe(tmp_path / "safe")
    monkeypatch.setitem(SOURCES, "safe", made.source)
    return made


CONFIG = """\
version: 1
rules:
- match: "%s"
  auth: {type: bearer, token: "${safe:%s}"}
- match: other.example
  auth: {type: basic, username: u, password: "${safe:%s}"}
"""


def test_a_new_source_is_read_when_it_is_needed_and_once(safe):
    rules, problems = inspect(CONFIG % ("api.example", "api", "api"))
    assert (problems, safe.opened) == ((), [])
    first, second = (rule.credential.scheme() for rule in rules.rules)
    assert (first.token.reveal(), second.password.reveal(), safe.opened) == (*["s3cret-of-the-safe"] * 2, ["api"])
    assert "s3cret-of-the-safe" not in rules.rules[0].credential.redactor.redact("a s3cret-of-the-safe b")


def test_a_check_says_what_a_new_source_lacks_without_reading(safe):
    _, problems = inspect(CONFIG % ("api.example", "none", "api"))
    assert ([(one.code, one.message, one.hint) for one in problems], safe.opened) == (
        [("secret_missing", "the safe has no none", "put it there")],
        [],
    )


def test_a_new_source_cannot_stand_where_its_value_must_be_known_at_load(safe):
    _, problems = inspect((CONFIG % ("api.example", "api", "api")).replace("auth: {", 'auth: {hosts: ["${safe:api}"], ', 1))
    assert " or the safe cannot stand here" in problems[0].message
    assert safe.opened == []


def test_the_files_of_a_new_source_are_watched(safe):
    rules, _ = inspect(CONFIG % ("api.example", "api", "api"))
    assert safe.path in rules.files


def test_a_new_source_has_defaults_and_never_yields_an_empty_secret(safe):
    assert Sources({}).resolve(value("${safe:nothing:-d}")) == "d"
    with pytest.raises(SecretError, match=r"safe:….* is empty"):
        Sources({}).resolve(value("${safe:empty}"))


def test_a_misspelt_or_unknown_source_is_answered_with_the_new_one(safe):
    with pytest.raises(VariableError) as unknown:
        parse("${elsewhere:x}")
    with pytest.raises(VariableError) as wrong:
        parse("${safe:1}")
    assert unknown.value.hint.endswith(", safe")
    assert wrong.value.hint == "write ${safe:name}"


def test_the_docs_and_the_schema_name_a_new_source(safe):
    assert "| `${safe:name}` | an entry of the safe |" in generate.values()
    assert "${safe:name}" in schema()["description"]
