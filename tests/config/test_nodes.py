"""Nodes know their keys, and the place of a piece of their text."""

import pytest

from authwright.config.nodes import Mapping, Scalar
from authwright.config.problems import Mark

AT = Mark("f", 3, 5)


@pytest.mark.parametrize(
    ("scalar", "place"),
    [
        (Scalar("${a}${b}", "${a}${b}", plain=True, mark=AT, length=8), (Mark("f", 3, 9), 4)),
        (Scalar("${a}${b}", "${a}${b}", plain=False, mark=AT, length=10), (Mark("f", 3, 10), 4)),
        (Scalar("\n${b}xxx", "\n${b}xxx", plain=False, mark=AT, length=11), (AT, 11)),
        (Scalar("${a}\n${b}", "${a}\n${b}", plain=True, mark=AT, length=4), (AT, 4)),
    ],
    ids=["plain", "in quotes", "with an escape", "over several lines"],
)
def test_a_piece_has_its_place_unless_escapes_or_breaks_hide_it(scalar, place):
    assert scalar.inside(4, 4) == place


def test_a_mapping_finds_nodes_and_keys_by_text():
    key, value = (Scalar(text, text, plain=True, mark=AT) for text in ("k", "v"))
    mapping = Mapping(((key, value),), AT)
    assert (mapping.get("k"), mapping.key("k"), mapping.names) == (value, key, ("k",))
    assert (mapping.get("x"), mapping.key("x")) == (None, None)
