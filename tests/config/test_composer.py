"""Scalars are those of YAML 1.2, and a text that could exceed the limits is refused before it is read."""

import math

import pytest

from authwright.config.composer import MAX_LINES, MAX_PROBLEMS, compose
from authwright.config.document import parse


def value_of(text: str):
    node, problems = parse(f"a: {text}\n", "f.yaml")
    assert problems == []
    return node.get("a").value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("3600", 3600),
        ("-5", -5),
        ("+5", 5),
        ("0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1e5", 1e5),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("012", "012"),
        ("012.5", "012.5"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-11-23", "2026-11-23"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("''", ""),
        ("${idp}/token", "${idp}/token"),
        ("-x", "-x"),
        ("1.2.3", "1.2.3"),
        ("9" * 101, "9" * 101),
    ],
)
def test_a_plain_scalar_is_what_yaml_1_2_says(written, value):
    found = value_of(written)

    assert (type(found), found) == (type(value), value)


def test_a_scalar_that_is_not_a_number_is_not_one():
    assert math.isnan(value_of(".nan"))


@pytest.mark.parametrize(
    "text", ["a: 1\n" + "#\n" * MAX_LINES, "a: [" + "1," * 600_000 + "]\n"], ids=["too many lines", "too many values"]
)
def test_a_text_beyond_the_limits_is_refused_at_once(text):
    node, problems = compose(text, "f.yaml")
    assert (node, [(one.code, one.line) for one in problems]) == (None, [("yaml_too_large", 1)])


def test_too_many_problems_end_the_pass():
    node, problems = compose("a: 1\n" * (MAX_PROBLEMS + 50), "f.yaml")
    assert (node, len(problems) <= MAX_PROBLEMS + 1) == (None, True)
