"""A check's declaration joins with others', and header names compare without case."""

import pytest

from authwright.rules.reads import Reads, union

METHOD = Reads.of("method")
ORIGIN = Reads.of("origin", headers=("Origin", "sec-fetch-site"))


@pytest.mark.parametrize(
    ("several", "joined"),
    [
        ((), Reads()),
        ((METHOD,), METHOD),
        ((METHOD, ORIGIN), Reads(frozenset({"method", "origin"}), frozenset({"origin", "sec-fetch-site"}))),
        ((ORIGIN, ORIGIN), ORIGIN),
        ((Reads(), ORIGIN, METHOD), METHOD | ORIGIN),
    ],
)
def test_the_union_reads_all_that_each_reads(several, joined):
    assert union(several) == joined


def test_header_names_are_kept_in_lower_case():
    assert Reads.of(headers=("ORIGIN", "Sec-Fetch-Site")).headers == {"origin", "sec-fetch-site"}


def test_facts_and_headers_of_one_name_are_told_apart():
    assert Reads.of("origin") != Reads.of(headers=("origin",))
