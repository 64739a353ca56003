"""One token request per need, through the real proxy: many clients, many processes, a failing endpoint, a client that goes away."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from tests.live import many_requests
from tests.live.command_forks import CommandForks
from tests.live.process import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


async def test_a_thousand_requests_on_an_ended_token_cost_one_token_request(login, rotation, tmp_path):
    rotation.tail = 0.5
    with many_requests.proxies(1, login, tmp_path) as [proxy]:
        statuses = await many_requests.at_once(1000, proxy, login.address)
    assert (statuses, rotation.requests, rotation.unauthorized) == ({200: 1000}, 1, 0)


async def test_sixteen_processes_ask_once_for_each_token_that_ends(login, rotation, tmp_path):
    rotation.lifetime = 0.5
    with many_requests.proxies(16, login, tmp_path) as addresses:
        statuses = await many_requests.until_asked(5, login, addresses)
    assert (set(statuses), rotation.reused, rotation.requests >= 5) == ({200}, 0, True)
    assert min(many_requests.gaps(rotation.times)) >= 0.9 * rotation.lifetime, "a token was replaced while it was good"


async def test_a_failing_endpoint_is_asked_once_and_then_more_and_more_seldom_by_all_processes_together(
    login, rotation, tmp_path
):
    rotation.failing = 503
    with many_requests.proxies(8, login, tmp_path) as addresses:
        statuses = await many_requests.until_asked(3, login, addresses)
    assert (set(statuses), rotation.reused) == ({503}, 0)
    for gap, pause in zip(many_requests.gaps(rotation.times), (1, 2), strict=False):
        assert gap >= 0.95 * pause


async def test_when_the_first_client_goes_away_the_refresh_goes_on_and_is_saved(login, rotation, tmp_path):
    rotation.tail = 1
    with many_requests.proxies(1, login, tmp_path) as [proxy]:
        first = asyncio.create_task(many_requests.status_of(proxy, login.address))
        await asyncio.to_thread(until, lambda: rotation.requests, "the token request")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        statuses = await many_requests.at_once(20, proxy, login.address)
    assert (statuses, rotation.requests) == ({200: 20}, 1)
    assert rotation.is_good(login.kept().refresh_token.reveal())


async def test_the_only_client_may_go_away_too(login, rotation, tmp_path):
    rotation.tail = 0.5
    with many_requests.proxies(1, login, tmp_path) as [proxy]:
        only = asyncio.create_task(many_requests.status_of(proxy, login.address))
        await asyncio.to_thread(until, lambda: rotation.requests, "the token request")
        only.cancel()
        await asyncio.gather(only, return_exceptions=True)
        await asyncio.to_thread(until, lambda: login.kept().access_token.reveal() != "none", "the saved token")
    assert (rotation.requests, rotation.is_good(login.kept().refresh_token.reveal())) == (1, True)


async def test_sigterm_waits_for_the_refresh_and_for_the_request_that_needs_it(login, rotation, tmp_path):
    rotation.tail = 1
    with CommandForks(tmp_path) as forks:
        process = forks.start("run", "--listen", "127.0.0.1:0", "--config", str(login.file), "-q", "--json")
        proxy = forks.said("listening")[0]
        waiting = asyncio.create_task(many_requests.status_of(proxy, login.address))
        await asyncio.to_thread(until, lambda: rotation.requests, "the token request")
        os.kill(process, signal.SIGTERM)
        status = await waiting
        await asyncio.to_thread(until, lambda: not Path(f"/proc/{process}").exists(), "the proxy's end")
    assert (status, rotation.requests, rotation.is_good(login.kept().refresh_token.reveal())) == (200, 1, True)
