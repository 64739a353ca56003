"""Kill -9 loses no login: a short form of what `bench/kills.py` does a thousand times."""

import pytest
from tests.live import kills

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


@pytest.mark.parametrize(("victim", "server"), [("proxy", "strict"), ("any", "first_use")])
def test_nothing_is_lost_and_nothing_corrupt(tmp_path, victim, server):
    found = kills.run(12, victim, server, tmp_path, seed=1)
    assert (found["lost"], found["corrupt"]) == (0, 0), found
    assert found["refreshes"] > 0
