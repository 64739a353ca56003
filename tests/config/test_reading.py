"""The state of one load: problems at their places, secrets masked, and values that must be known at once."""

from pathlib import Path

import pytest

from authwright.config.document import parse
from authwright.config.reading import Reading
from authwright.config.variables import Variable, Variables
from authwright.sources.reader import Sources, Unread
from authwright.sources.value import Deferred


def read(text, sources=None):
    document, problems = parse(text, "f")
    assert problems == []
    reading = Reading({"f": text.split("\n")}, {"f": Path("/folder")}, sources or Sources({"NAME": "val-ue"}))
    reading.variables = Variables({"n": Variable("7", Path())})
    return reading, document


def codes(reading):
    return [(one.code, one.severity) for one in reading.problems]


def test_errors_are_counted_and_warnings_are_not():
    reading, document = read("a: b")
    reading.warn(document, "w", "take care")
    reading.report(document.get("a"), "e", "wrong")
    assert (codes(reading), reading.errors) == ([("w", "warning"), ("e", "error")], 1)


@pytest.mark.parametrize(("line", "masked"), [("token: hunter2hunter2", True), ("title: hunter2hunter2", False)])
def test_a_problem_does_not_show_the_secret_in_its_line(line, masked):
    reading, document = read(line)
    reading.conceal(document, frozenset(("token",)), frozenset(("token", "title")))
    reading.report(document.entries[0][1], "e", "wrong")
    assert ("hunter2hunter2" in repr(reading.problems)) is not masked


@pytest.mark.parametrize(("text", "value"), [("a: plain", "plain"), ('a: "x${n}"', "x7"), ('a: "${nope}"', None)])
def test_a_text_is_expanded_or_its_mistake_noted(text, value):
    reading, document = read(text)
    assert (reading.expand(document.get("a")), reading.errors) == (value, int(value is None))


@pytest.mark.parametrize(
    ("text", "value", "noted"),
    [
        ('a: "${env:NAME}"', "val-ue", []),
        ('a: "${env:NOPE}"', None, ["secret_missing"]),
        ('a: "${env:NOPE:-else}"', "else", []),
        ('a: "${command:echo x}"', None, ["source_here"]),
    ],
)
def test_a_value_that_must_be_known_at_load_comes_from_a_cheap_source(text, value, noted):
    reading, document = read(text)
    node = document.get("a")
    expanded = reading.expand(node)
    assert isinstance(expanded, Deferred)
    before = len(reading.problems)
    assert reading.resolve_now(node, expanded) == value
    assert [one.code for one in reading.problems[before:]] == noted


def test_a_value_of_a_source_that_is_not_read_is_counted_and_no_error(tmp_path):
    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "secret").chmod(0o600)
    reading, document = read(f'a: "${{file:{tmp_path}/secret}}"', Unread({}))
    node = document.get("a")
    assert (reading.resolve_now(node, reading.expand(node)), reading.unread, reading.errors) == (None, 1, 0)


def test_an_unknown_key_gives_the_key_that_was_meant():
    reading, document = read("hots: a")
    assert reading.unknown_key(document.entries[0][0], ("host", "port"), "no such key") == "host"
    assert reading.unknown_key(document.entries[0][0], ("path", "port"), "no such key") is None


def test_a_choice_that_there_is_not_is_noted_with_its_alternatives():
    reading, document = read("a: basc")
    node = document.get("a")
    assert (reading.choose(node, "basic", ("basic", "bearer"), "type"), reading.problems) == (True, [])
    assert (reading.choose(node, "basc", ("basic", "bearer"), "type"), reading.problems[0].hint) == (
        False,
        "did you mean `basic`?",
    )
