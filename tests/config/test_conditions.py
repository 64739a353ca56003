"""A match is read in its short form and as a mapping, and each mistake is noted where it stands."""

from pathlib import Path

import pytest

from authwright.config.conditions import Conditions
from authwright.config.document import parse
from authwright.config.reading import Reading
from authwright.config.variables import Variable, Variables
from authwright.message import Request
from authwright.rules.match import Match
from authwright.sources.reader import Sources


def read(text, parent=None):
    """The match of a rule, and the code and column of each problem."""
    document, problems = parse(text, "f")
    assert problems == []
    reading = Reading({"f": text.split("\n")}, {"f": Path()}, Sources({}))
    reading.variables = Variables({"host": Variable("api.example.com", Path())})
    match = Conditions(reading).match(document, parent)
    return match, [(one.code, one.column) for one in reading.problems]


@pytest.mark.parametrize(
    ("text", "url", "method", "matches"),
    [
        ("match: api.example.com", "https://api.example.com/", "GET", True),
        ("match: ${host}", "https://api.example.com/", "GET", True),
        ("match: PUT api.example.com/a", "https://api.example.com/a", "GET", False),
        ("match: {host: api.example.com, method: PUT}", "https://api.example.com/a", "PUT", True),
        ("match: {host: [a.example, api.example.com]}", "https://api.example.com/", "GET", True),
        ("match: {host: api.example.com, query: {a: b}}", "https://api.example.com/?a=c", "GET", False),
        ("match: {host: api.example.com, filter: ['~m PUT', '~m GET']}", "https://api.example.com/", "GET", False),
    ],
)
def test_a_match_matches_what_it_says(text, url, method, matches):
    match, problems = read(text)
    request = Request.of(method, url)
    assert (match.matches(request, request.path), problems) == (matches, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: a", ("missing_key", 1)),
        ("match: [a.example]", ("wrong_type", 8)),
        ("match: {host: []}", ("empty_list", 15)),
        ("match: {hots: a.example}", ("unknown_key", 9)),
        ("match: {host: a.example, header: a}", ("wrong_type", 34)),
        ("match: {host: {a: b}}", ("wrong_type", 15)),
        ("match: {host: 'a..example'}", ("match_syntax", 16)),
        ("match: ${nope}", ("unknown_variable", 8)),
    ],
)
def test_a_mistake_is_noted_where_it_stands(text, problem):
    match, problems = read(text)
    assert (match, problems[:1]) == (None, [problem])


def test_a_rule_without_a_match_has_that_of_its_group():
    parent = Match.build(host=["a.example"])
    assert read("auth: none", parent) == (parent, [])


def test_a_condition_beside_match_is_sent_to_its_place():
    conditions = Conditions(Reading({}, {}, Sources({})))
    assert (conditions.hint("host"), conditions.hint("nothing")) == ("it belongs under match: {host: …}", "")
