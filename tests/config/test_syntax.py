"""The diagnosis of one broken line: its place, its code, and the line as its author meant it.

The golden cases of ``golden/yaml`` hold the sentences; here stands what they do not show.
"""

import pytest

from authwright.config.syntax import Mishap, diagnose

NOT_ALLOWED = "mapping values are not allowed in this context"


@pytest.mark.parametrize(
    ("mishap", "lines", "code", "place", "repair"),
    [
        (Mishap(NOT_ALLOWED, 1, 1), ["a:1", "b: 2"], "yaml_space", (0, 1), "a: 1"),
        (Mishap("found character '\\t'", 1, 0), ["a:", "\tb: 1"], "yaml_tab", (1, 0), None),
        (Mishap("found character '@' that cannot start any token", 0, 3), ["a: @b"], "yaml_quote", (0, 3), 'a: "@b"'),
        (
            Mishap("expected ',' or '}'", 0, 7, "while parsing a flow mapping", 0, 3),
            ["a: {b: ${c}}"],
            "yaml_quote",
            (0, 7),
            'a: {b: "${c}"}',
        ),
        (
            Mishap("expected alphabetic", 0, 4, "while scanning an alias", 0, 3),
            ["a: *.x"],
            "yaml_quote",
            (0, 3),
            'a: "*.x"',
        ),
    ],
    ids=["a glued colon", "a tab", "an odd start", "a reference in braces", "a star"],
)
def test_a_common_mistake_is_named_and_repaired(mishap, lines, code, place, repair):
    found = diagnose(mishap, lines)
    assert ((found.line, found.column), found.repair) == (place, repair)
    assert found.code == code
    assert found.hint


@pytest.mark.parametrize("line", [0, 7], ids=["within the text", "beyond the text"])
def test_an_unknown_mistake_says_what_the_parser_said(line):
    found = diagnose(Mishap("something odd", line, 0, "while reading"), ["a"])
    assert (found.code, found.repair, found.line) == ("yaml_syntax", None, line)
    assert "while reading: something odd" in found.message
