"""Clients and origins that hang up, for some seconds; ``bench/soak.py`` does it for minutes."""

import pytest
from bench import soak


@pytest.mark.parametrize("engine", ["auto", "stock"])
def test_nothing_is_left_of_clients_and_origins_that_hang_up(engine):
    seen = soak.soak(seconds=4, clients=16, engine=engine)
    assert (seen.left(), seen.counts["hangs"]) == ([], 0)
