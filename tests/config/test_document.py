import os
from contextlib import contextmanager

import pytest

from authwright.config.document import MAX_BYTES, Mapping, Mark, Scalar, Sequence, parse, read
from authwright.errors import ConfigError


def test_a_plain_scalar_keeps_what_was_written():
    node, _ = parse("a: 1e5\n", "f")

    assert node.get("a") == Scalar(1e5, "1e5", True, Mark("f", 1, 4), 3)


def test_every_node_knows_its_place():
    node, problems = parse("version: 1\nrules:\n  - match: {host: 'x'}\n    auth: |\n      a\n      b\n", "f")

    rule = node.get("rules").items[0]
    assert problems == []
    assert node.mark == Mark("f", 1, 1)
    assert node.key("rules").mark == Mark("f", 2, 1)
    assert (type(node.get("rules")), node.get("rules").mark) == (Sequence, Mark("f", 3, 3))
    assert (rule.mark, rule.length) == (Mark("f", 3, 5), len("match"))
    assert (rule.get("match").mark, rule.get("match").length) == (Mark("f", 3, 12), len("{host: 'x'}"))
    assert rule.get("match").get("host") == Scalar("x", "x", False, Mark("f", 3, 19), 3)
    assert (rule.get("auth").value, rule.get("auth").mark, rule.get("auth").length) == ("a\nb\n", Mark("f", 4, 11), 1)
    assert rule.names == ("match", "auth")
    assert (rule.get("other"), rule.key("other")) == (None, None)


@pytest.mark.parametrize(
    ("document", "offset", "place"),
    [
        ("a: x${b}\n", 1, (Mark("f", 1, 5), 4)),
        ("a: 'x${b}'\n", 1, (Mark("f", 1, 6), 4)),
        ('a: "\\x41${b}"\n', 1, (Mark("f", 1, 4), 10)),
        ("a: |\n  x${b}\n", 1, (Mark("f", 1, 4), 1)),
    ],
)
def test_a_piece_of_a_scalar_has_its_place_where_that_can_be_told(document, offset, place):
    node, _ = parse(document, "f")

    assert node.get("a").inside(offset, 4) == place


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "~\n", "\ufeff"])
def test_an_empty_document_is_an_empty_mapping(text):
    assert parse(text, "f") == (Mapping((), Mark("f", 1, 1)), [])


def test_a_byte_order_mark_is_no_part_of_the_text():
    node, problems = parse("\ufeffversion: 1\n", "f")

    assert (node.key("version").mark, problems) == (Mark("f", 1, 1), [])


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_are_counted_as_yaml_counts_them(line_break):
    text = f"a: 1{line_break}b: 2{line_break}a: 3"
    node, problems = parse(text, "f")

    assert node.key("b").mark == Mark("f", 2, 1)
    assert [(one.line, one.column, one.source_line) for one in problems] == [(3, 1, "a: 3")]


def test_what_was_repaired_is_an_error_and_the_rest_is_read():
    node, problems = parse("a: {b: ${c}}\nd: 1\n", "f")

    assert node.get("a").get("b").value == "${c}"
    assert node.get("d").value == 1
    assert [one.severity for one in problems] == ["error"]


def test_an_alias_leaves_a_value_behind_so_that_its_key_is_not_missed():
    node, problems = parse("host: *name\n", "f")

    assert (node.get("host").value, [one.code for one in problems]) == ("*name", ["yaml_alias"])


MERGE_BOMB = "a: &a {k: 1}\n" + "".join(f"b{i}: &b{i} {{<<: [*a, *a, *a]}}\n" for i in range(40))
ALIAS_BOMB = "a: &a0 [x, x]\n" + "".join(f"b{i}: &a{i + 1} [*a{i}, *a{i}, *a{i}]\n" for i in range(40))

HOSTILE = {
    "merge keys": (MERGE_BOMB, "yaml_alias"),
    "aliases": (ALIAS_BOMB, "yaml_alias"),
    "an alias of itself": ("a: &a [*a]\n", "yaml_alias"),
    "brackets": ("a: " + "[" * 100_000, "yaml_too_deep"),
    "braces": ("{a: " * 100_000, "yaml_too_deep"),
    "dashes": ("- " * 100_000, "yaml_too_deep"),
    "values": ("[" + "a," * 2_000_000 + "]", "yaml_too_large"),
    "lines": ("a: b" + "\n" * 300_000, "yaml_too_large"),
    "bytes": ("a: " + "x" * MAX_BYTES, "yaml_too_large"),
    "tags": ("".join(f"k{i}: !x 1\n" for i in range(10_000)), "yaml_tag"),
    "keys": ("a: 1\n" * 10_000, "duplicate_key"),
    "references": ("a: {b: " + "$" * 1_000_000 + "{x}}", "yaml_quote"),
    "a lone surrogate": ("a: \ud800", "yaml_character"),
}


@pytest.mark.timeout(10)
@pytest.mark.parametrize(("text", "code"), HOSTILE.values(), ids=HOSTILE)
def test_a_document_built_to_do_harm_is_refused(text, code):
    _, problems = parse(text, "f")

    assert code in {one.code for one in problems}
    assert len(problems) <= 100


def test_nesting_up_to_the_limit_is_read():
    assert parse("a: " + "[" * 63 + "]" * 63, "f")[1] == []


def test_a_file_is_read_without_its_byte_order_mark(tmp_path):
    path = tmp_path / "authwright.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: \xc3\xbc\n")

    assert read(path) == "name: ü\n"


@pytest.mark.parametrize(
    ("content", "place", "code"),
    [
        (b"a: 1\nb: \xff\n", (2, 4), "yaml_encoding"),
        ("ü: ü".encode() + b"\xe4", (1, 5), "yaml_encoding"),
        ("a: 1\n".encode("utf-16"), (1, 1), "yaml_encoding"),
        (b"x" * (MAX_BYTES + 1), (1, 1), "yaml_too_large"),
    ],
)
def test_a_file_that_is_not_small_utf_8_is_refused_with_its_place(tmp_path, content, place, code):
    path = tmp_path / "authwright.yaml"
    path.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        read(path)
    [problem] = caught.value.problems
    assert ((problem.line, problem.column), problem.code) == (place, code)


def test_a_file_that_is_not_there_and_a_folder_say_so(tmp_path):
    for path, sentence in ((tmp_path / "none.yaml", "there is no such file"), (tmp_path, "this is a folder, not a file")):
        with pytest.raises(ConfigError) as caught:
            read(path)
        assert [(one.file, one.code, one.message) for one in caught.value.problems] == [(str(path), "file_unreadable", sentence)]


@contextmanager
def ordinary_user():
    """Root may read everything: where it runs the tests, this is done as somebody else."""
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_says_so(tmp_path):
    path = tmp_path / "authwright.yaml"
    path.touch(mode=0)

    with ordinary_user(), pytest.raises(ConfigError, match="may not be read"):
        read(path)
