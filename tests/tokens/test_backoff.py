"""What fails is not asked for again and again, and whoever waits hears why."""

import asyncio

import pytest
from tests.tokens.brokers import FIRST, GRANT, LABEL, PLAIN, outcome

from authwright.errors import TokenEndpointError, TransportError
from authwright.flow.token import Token
from authwright.grants.password import Password
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.store import Record
from authwright.tokens.stores.memory import MemoryStore


async def test_failures_are_repeated_at_once_and_attempts_grow_apart(broker_setup):
    broker_setup.error = TransportError("cannot be reached")
    attempts = []
    for second in range(40):
        before = broker_setup.runs
        assert await outcome(broker_setup.obtain()) == "unreachable"
        assert await outcome(broker_setup.obtain()) == "unreachable"
        attempts += [second] * (broker_setup.runs - before)
        broker_setup.clock.move(1)
    assert attempts == [0, 1, 3, 7, 15, 25, 35]


async def test_the_error_says_when_the_next_attempt_is_due(broker_setup):
    broker_setup.error = TransportError("The server cannot be reached.")
    await outcome(broker_setup.obtain())
    broker_setup.clock.move(1)
    await outcome(broker_setup.obtain())
    with pytest.raises(TransportError, match=r"reached\. The next attempt is due in 2 s\."):
        await broker_setup.obtain()


async def test_a_success_ends_the_backing_off(broker_setup):
    broker_setup.error = TransportError("cannot be reached")
    await outcome(broker_setup.obtain())
    broker_setup.error = None
    broker_setup.clock.move(1)
    assert await outcome(broker_setup.obtain()) == "access-2"
    broker_setup.error = TransportError("cannot be reached")
    broker_setup.clock.move(3600)
    await outcome(broker_setup.obtain())
    broker_setup.clock.move(1)
    await outcome(broker_setup.obtain())
    assert broker_setup.runs == 4


async def test_a_clock_that_is_set_back_does_not_prolong_the_backing_off(broker_setup):
    broker_setup.error = TransportError("cannot be reached")
    await outcome(broker_setup.obtain())
    broker_setup.clock.move(-3600)
    await outcome(broker_setup.obtain())
    assert broker_setup.runs == 2


async def test_a_wrong_password_is_not_tried_again_for_minutes(broker_setup):
    grant = Password(**PLAIN, username="ann", password=Secret("wrong"))
    for _ in range(100):
        assert await outcome(broker_setup.obtain(grant)) == "grant_invalid"
        broker_setup.clock.move(2.9)
    assert broker_setup.runs == 1
    broker_setup.clock.move(11)
    assert (await outcome(broker_setup.obtain(grant)), broker_setup.runs) == ("grant_invalid", 2)


async def test_what_ended_for_good_costs_at_most_one_look_at_the_store_a_second(broker_setup):
    looks = []

    class Counting(MemoryStore):
        def load(self, key):
            looks.append(key)
            return super().load(key)

    broker_setup.broker._store = Counting()
    for _ in range(3):
        for _ in range(100):
            assert await outcome(broker_setup.obtain(FIRST)) == "grant_invalid"
        broker_setup.clock.move(1)
    assert (len(looks), broker_setup.runs) == (3, 1)


async def test_an_ended_refresh_token_gives_way_to_a_newer_one_in_the_store(broker_setup):
    assert await outcome(broker_setup.obtain(FIRST)) == "grant_invalid"
    broker_setup.server.refresh_tokens.add("newer")
    broker_setup.store.save(
        Record(FIRST.key, LABEL, Token(Secret("a"), broker_setup.clock.now(), broker_setup.clock.now(), Secret("newer")))
    )
    broker_setup.clock.move(1)
    assert (await outcome(broker_setup.obtain(FIRST)), broker_setup.server.requests[-1]["refresh_token"]) == ("access-2", "newer")


async def test_a_defect_of_ours_is_an_error_for_everyone_who_waits(broker_setup):
    broker_setup.error = KeyError("secret")
    codes = await asyncio.gather(*(outcome(broker_setup.obtain()) for _ in range(3)))
    assert (codes, broker_setup.runs) == (["internal_error"] * 3, 1)


async def test_what_failed_in_one_process_is_not_asked_for_by_another_at_once(broker_setup):
    broker_setup.error = TransportError("cannot be reached")
    assert await outcome(broker_setup.obtain()) == "unreachable"
    other = Broker(broker_setup.store, broker_setup.clock)
    for second in range(3):
        assert await outcome(other.obtain(GRANT, broker_setup.run, label=LABEL)) == "unreachable"
        assert broker_setup.runs == (1 if second == 0 else 2)
        broker_setup.clock.move(1)
    await other.close()


async def test_what_was_refused_for_good_is_not_shown_again_by_another_process(broker_setup):
    assert await outcome(broker_setup.obtain(FIRST)) == "grant_invalid"
    broker_setup.clock.move(60)
    other = Broker(broker_setup.store, broker_setup.clock)
    assert await outcome(other.obtain(FIRST, broker_setup.run, label=LABEL)) == "grant_invalid"
    await other.close()
    assert broker_setup.runs == 1


async def test_a_success_is_known_to_every_process(broker_setup):
    broker_setup.error = TransportError("cannot be reached")
    await outcome(broker_setup.obtain())
    broker_setup.error = None
    broker_setup.clock.move(2)
    await broker_setup.obtain()
    assert broker_setup.store.failure(GRANT.key) is None


async def test_a_server_that_asks_for_patience_gets_it_up_to_five_minutes(broker_setup):
    for asked, granted in ((30, 30), (86400, 300)):
        broker_setup.error = TokenEndpointError("busy", code="token_endpoint_unavailable")
        broker_setup.error.retry_after = float(asked)
        before = broker_setup.runs
        await outcome(broker_setup.obtain())
        broker_setup.clock.move(granted - 1)
        with pytest.raises(TokenEndpointError) as caught:
            await broker_setup.obtain()
        assert (broker_setup.runs - before, caught.value.retry_after) == (1, 1.0)
        broker_setup.clock.move(1)
        await outcome(broker_setup.obtain())
        assert broker_setup.runs - before == 2
        broker_setup.clock.move(1000)
