"""A text with ``${…}`` in it is taken apart, and a mistake in it is told where it stands."""

import pytest

from authwright.config.template import Template, VariableError, VariableReference, lookalikes, parse
from authwright.sources import SOURCES


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("a ${b} c", ("a ", VariableReference("variable", "b", None, 2, 4), " c")),
        ("${env:A}", (VariableReference("env", "A", None, 0, 8),)),
        ("${command:pass show a:b}", (VariableReference("command", "pass show a:b", None, 0, 24),)),
        ("${keyring:a/b/user}", (VariableReference("keyring", "a/b/user", None, 0, 19),)),
        ("${a:-}", (VariableReference("variable", "a", Template(()), 0, 6),)),
        (
            "${a:-x${b}}y",
            (VariableReference("variable", "a", Template(("x", VariableReference("variable", "b", None, 6, 4))), 0, 11), "y"),
        ),
        ("$$", ("$",)),
        ("$${a}", ("${a}",)),
        ("$5 and $", ("$5 and $",)),
        ("a}b", ("a}b",)),
        ("pa$$w0rd", ("pa$w0rd",)),
    ],
)
def test_a_text_is_taken_apart(text, parts):
    assert parse(text).parts == parts


@pytest.mark.parametrize(
    ("text", "code", "place", "hint"),
    [
        ("a ${b", "variable_syntax", (2, 3), "close it with }, or write $$ for a dollar sign"),
        ("${a:-${b}", "variable_syntax", (0, 9), "close it with }, or write $$ for a dollar sign"),
        ("x${}", "variable_syntax", (1, 3), "write ${name}, or $$ for a dollar sign"),
        ("${enf:X}", "unknown_source", (0, 8), "did you mean `env`?"),
        ("${vault:X}", "unknown_source", (0, 10), "the sources are " + ", ".join(SOURCES)),
        ("${a b}", "variable_syntax", (0, 6), "a name has letters, digits, `_`, `.` and `-`; $$ is a dollar sign"),
        ("${env:}", "variable_syntax", (0, 7), "write ${env:NAME}"),
        ("${keyring:user}", "variable_syntax", (0, 15), "write ${keyring:service/user}"),
        ("${a:-" * 40 + "}" * 40, "variable_syntax", (160, 2), "use a variable"),
    ],
)
def test_what_cannot_be_taken_apart_says_where_and_what_to_write(text, code, place, hint):
    with pytest.raises(VariableError) as caught:
        parse(text)
    error = caught.value
    assert (error.code, (error.offset, error.length), error.hint) == (code, place, hint)


def test_a_postman_variable_is_noticed():
    [found] = lookalikes("https://{{ host }}/x")

    assert (found.offset, found.length, found.hint, found.code) == (8, 10, "write ${host}", "foreign_variable")
    assert lookalikes('{"a": {"b": 1}}') == ()
