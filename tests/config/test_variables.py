from pathlib import Path

import pytest

from authwright.config.template import VariableError, parse
from authwright.config.variables import Variable, Variables, expand
from authwright.sources.value import Deferred, SourceReference

HERE = Path("/here")
THERE = Path("/there")


def expanded(text, **variables):
    return expand(parse(text), {name: Variable(value, THERE) for name, value in variables.items()}, HERE)


@pytest.mark.parametrize(
    ("text", "variables", "value"),
    [
        ("plain", {}, "plain"),
        ("https://${host}/x", {"host": "h"}, "https://h/x"),
        ("${a}", {"a": "${b}-${b}", "b": "x"}, "x-x"),
        ("${a:-d}", {}, "d"),
        ("${a:-${b}}", {"b": "x"}, "x"),
        ("${a:-d}", {"a": ""}, ""),
        ("$${a}", {"a": "x"}, "${a}"),
        ("${a}", {"a": "$${b}"}, "${b}"),
        ("${a}", {"a": ""}, ""),
    ],
)
def test_variables_are_expanded_once(text, variables, value):
    assert expanded(text, **variables) == value


def test_a_secret_source_stays_deferred_with_the_folder_of_the_file_that_says_it():
    assert expanded("Bearer ${a}!", a="x${file:t}y") == Deferred(("Bearer x", SourceReference("file", "t", None, THERE), "y!"))
    assert expanded("${file:t}") == Deferred((SourceReference("file", "t", None, HERE),))


def test_the_default_of_a_source_is_expanded_too():
    assert expanded("${env:A:-${b}}", b="x") == Deferred((SourceReference("env", "A", "x", HERE),))
    inner = Deferred((SourceReference("env", "B", None, THERE),))
    assert expanded("${env:A:-${b}}", b="${env:B}") == Deferred((SourceReference("env", "A", inner, HERE),))


def test_a_default_shows_in_no_repr():
    assert "hunter2" not in repr(expanded("${env:A:-hunter2}"))


@pytest.mark.parametrize(
    ("text", "variables", "code", "message", "hint", "within"),
    [
        ("x${tokn}", {"token": "1"}, "unknown_variable", "there is no variable `tokn`", "did you mean `token`?", ""),
        ("x${HOME}", {}, "unknown_variable", "there is no variable `HOME`", "for an environment variable write ${env:HOME}", ""),
        ("x${zzzz}", {"token": "1"}, "unknown_variable", "there is no variable `zzzz`", "add `zzzz:` to `variables`", ""),
        (
            "x${a}",
            {"a": "${zz}"},
            "unknown_variable",
            "in variable `a`: there is no variable `zz`",
            "add `zz:` to `variables`",
            "a",
        ),
        (
            "x${a}",
            {"a": "${"},
            "variable_syntax",
            "in variable `a`: this ${ is not closed",
            "close it with }, or write $$ for a dollar sign",
            "a",
        ),
    ],
)
def test_what_cannot_be_expanded_says_why(text, variables, code, message, hint, within):
    with pytest.raises(VariableError) as caught:
        expanded(text, **variables)
    error = caught.value
    assert (error.code, error.message, error.hint, error.within) == (code, message, hint, within)
    assert (error.offset, error.length) == (1, len(text) - 1)


@pytest.mark.parametrize(
    ("variables", "chain"),
    [({"a": "${a}"}, "a → a"), ({"a": "${b}", "b": "x${c}", "c": "${b}"}, "b → c → b"), ({"a": "${env:X:-${a}}"}, "a → a")],
)
def test_a_cycle_is_named(variables, chain):
    with pytest.raises(VariableError) as caught:
        expanded("${a}", **variables)
    assert caught.value.code == "variable_cycle"
    assert caught.value.message.endswith(f"the variables lead back to themselves: {chain}")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("leaf", ["x", "${env:X}"])
def test_variables_that_double_one_another_are_stopped(leaf):
    doubling = {f"v{i}": f"${{v{i + 1}}}${{v{i + 1}}}" for i in range(30)} | {"v30": leaf}

    with pytest.raises(VariableError) as caught:
        expanded("${v0}", **doubling)
    assert caught.value.code == "variable_too_long"


@pytest.mark.timeout(10)
def test_many_large_values_together_are_stopped():
    variables = Variables({"a": Variable("x" * 1_000_000, HERE)})

    def expand_often() -> None:
        for _ in range(100):
            expand(parse("${a}"), variables, HERE)

    with pytest.raises(VariableError, match="too long"):
        expand_often()
