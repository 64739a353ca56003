"""The table of schemes."""

from authwright.schemes import SCHEMES


def test_the_table_is_keyed_by_type():
    assert {name: scheme.type for name, scheme in SCHEMES.items()} == {name: name for name in SCHEMES}
