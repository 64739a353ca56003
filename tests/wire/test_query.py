"""A query is edited without touching what is already there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.wire import query


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/", "/?k=a%20b%26%C3%A9"),
        ("/?", "/?k=a%20b%26%C3%A9"),
        ("/?x=1", "/?x=1&k=a%20b%26%C3%A9"),
        ("/?x=%zz&&y", "/?x=%zz&&y&k=a%20b%26%C3%A9"),
        ("/?x&", "/?x&k=a%20b%26%C3%A9"),
    ],
)
def test_a_parameter_goes_to_the_end(target, expected):
    assert query.append(target, "k", "a b&é") == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/", "/"),
        ("/?k=1", "/"),
        ("/?a=1&k=2&b=3", "/?a=1&b=3"),
        ("/?%6B=1&a", "/?a"),
        ("/?k", "/"),
        ("/?kk=1&K=2", "/?kk=1&K=2"),
        ("/?a=%zz&&k=1", "/?a=%zz&"),
        ("/?", "/?"),
    ],
)
def test_a_parameter_is_taken_out_however_it_is_spelt(target, expected):
    assert query.without(target, "k") == expected


@given(st.text(min_size=1, max_size=8), st.text(max_size=12), st.text(alphabet="abk=&%+;/.", max_size=20))
def test_what_was_appended_is_found_and_the_rest_is_untouched(name, value, rest):
    target = query.without(f"/p?{rest}", name)
    longer = query.append(target, name, value)
    assert longer.startswith(target)
    assert query.values(longer, name) == [value]
