"""Lines are counted as YAML counts them, whatever ends them."""

import pytest

from authwright.config.lines import split_lines


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_each_break_of_yaml_ends_a_line(line_break):
    assert split_lines(f"a: 1{line_break}b: 2{line_break}a: 3") == ["a: 1", "b: 2", "a: 3"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a\n", ["a", ""]),
        ("a\n\r\nb", ["a", "", "b"]),
        ("a\r\r\nb", ["a", "", "b"]),
        ("a\x0bb\x0cc\x1cd", ["a\x0bb\x0cc\x1cd"]),
    ],
    ids=["nothing", "a last break", "mixed breaks", "a CR before CR LF", "breaks of other languages"],
)
def test_lines_are_parted_at_breaks_and_nowhere_else(text, lines):
    assert split_lines(text) == lines
