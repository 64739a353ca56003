"""Kill -9 loses no login: a short form of what `bench/kills.py` does a thousand times."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.live import kills, many_requests
from tests.live.login import Login
from tests.live.process import until
from tests.live.rotating import RotatingServer, Rotation

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


@pytest.mark.parametrize(("victim", "server"), [("proxy", "strict"), ("any", "first_use")])
def test_nothing_is_lost_and_nothing_corrupt(tmp_path, victim, server):
    found = kills.run(12, victim, server, tmp_path, seed=1)
    assert (found["lost"], found["corrupt"]) == (0, 0), found
    assert found["refreshes"] > 0


async def test_what_a_crash_cut_off_is_tried_again_as_the_proxy_starts(tmp_path):
    rotation = Rotation()
    with RotatingServer(rotation) as server:
        login = Login(tmp_path, rotation, server.address)
        with login.store() as store:
            store.save(replace(store.load(login.key), refreshing_since=datetime.now(UTC)))
        with many_requests.proxies(1, login, tmp_path):
            await asyncio.to_thread(until, lambda: login.kept().access_token.reveal() != "none", "the new token")
    assert (rotation.requests, rotation.reused, rotation.api) == (1, 0, 0)
