"""The overlay wins, key by key; its rules come first."""

import pytest

from authwright.config.document import parse
from authwright.config.merge import merged
from authwright.config.nodes import Mapping, Sequence


def plain(node):
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items] if isinstance(node, Sequence) else node.value


def node(text, file):
    found, problems = parse(text, file)
    assert problems == []
    return found


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ("a: 1", "", {"a": 1}),
        ("", "a: 1", {"a": 1}),
        ("a: 1\nb: 2", "a: 3", {"a": 3, "b": 2}),
        ("a: {x: 1, y: 2}", "a: {y: 3, z: 4}", {"a": {"x": 1, "y": 3, "z": 4}}),
        ("a: {b: {c: 1, d: 2}}", "a: {b: {c: 9}}", {"a": {"b": {"c": 9, "d": 2}}}),
        ("a: [1, 2]", "a: [3]", {"a": [3]}),
        ("rules: [1, 2]", "rules: [3]", {"rules": [3, 1, 2]}),
        ("a: {rules: [1]}", "a: {rules: [2]}", {"a": {"rules": [2, 1]}}),
        ("a: {x: 1}", "a: 2", {"a": 2}),
        ("a: 2", "a: {x: 1}", {"a": {"x": 1}}),
        ("c: {type: basic, username: u}", "c: {type: bearer, token: t}", {"c": {"type": "bearer", "token": "t"}}),
        ("c: {type: basic, username: u}", "c: {username: v}", {"c": {"type": "basic", "username": "v"}}),
    ],
)
def test_the_overlay_is_merged_over_the_file(base, over, expected):
    assert plain(merged(node(base, "base"), node(over, "over"))) == expected


def test_each_node_points_into_its_own_file():
    found = merged(node("a: 1\nb: 2", "base"), node("\nb: 3", "over"))
    assert [(found.get(name).mark.file, found.get(name).mark.line) for name in ("a", "b")] == [("base", 1), ("over", 2)]
