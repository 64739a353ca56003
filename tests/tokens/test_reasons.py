"""Why a sign-in does not serve is said in one sentence that names what is different."""

from dataclasses import replace

import pytest
from tests.tokens.stores.records import RECORD

from authwright.tokens.reasons import changed, listed

LABEL = RECORD.label


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c", "d"], "a, b, c and d"),
        (list("abcde"), "a, b, c and 2 more"),
    ],
)
def test_a_list_is_shortened(words, text):
    assert listed(words) == text


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        ([], {"client_id": "1"}, None),
        ([{"client_id": "1", "scope": "1"}], {"client_id": "2", "scope": "1"}, "client_id has changed"),
        ([{"client_id": "1", "audience": "1"}, {"client_id": "2", "scope": "1"}], {"client_id": "2"}, "scope has changed"),
        ([{}], {"client_id": "1"}, "an earlier version"),
    ],
)
def test_the_sign_in_with_the_fewest_differences_is_compared(before, now, says):
    error = changed([replace(RECORD, parameters=parameters) for parameters in before], LABEL, now)
    assert error is None if says is None else says in error.message
