"""A large body passes a rule that only sets a header without being kept."""

import pytest
from bench import memory

SIZE = 256 << 20
ALLOWED = 50.0
"""MiB above what the proxy takes at rest."""


@pytest.mark.live
def test_a_body_of_256_mib_passes_both_ways_in_less_than_50_mib():
    seen = memory.measure(SIZE)
    assert (seen["sent"], seen["received"]) == (SIZE, SIZE)
    assert max(seen["upload"], seen["download"]) < ALLOWED, seen
