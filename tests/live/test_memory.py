"""A large body passes a rule that only sets a header without being kept."""

import pytest
from bench import memory

SIZE = 256 << 20
ALLOWED = 40.0
"""MiB above what the proxy takes at rest."""


@pytest.mark.live
@pytest.mark.parametrize("engine", ["run", "stock"])
def test_a_body_of_256_mib_passes_both_ways_and_to_a_slow_reader_in_less_than_40_mib(engine):
    seen = memory.measure(SIZE, engine, slowly=2)
    assert (seen["sent"], seen["received"]) == (SIZE, SIZE)
    assert max(seen["slow reader"], seen["upload"], seen["download"]) < ALLOWED, seen
