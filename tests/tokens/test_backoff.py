"""What fails is not asked for again and again, and whoever waits hears why."""

import asyncio

import pytest
from tests.tokens.ground import FIRST, GRANT, LABEL, PLAIN, outcome

from authwright.errors import TokenEndpointError, TransportError
from authwright.flow.token import Token
from authwright.grants.password import Password
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.store import Record
from authwright.tokens.stores.memory import MemoryStore


async def test_failures_are_repeated_at_once_and_attempts_grow_apart(house):
    house.error = TransportError("cannot be reached")
    attempts = []
    for second in range(40):
        before = house.runs
        assert await outcome(house.obtain()) == "unreachable"
        assert await outcome(house.obtain()) == "unreachable"
        attempts += [second] * (house.runs - before)
        house.clock.move(1)
    assert attempts == [0, 1, 3, 7, 15, 25, 35]


async def test_the_error_says_when_the_next_attempt_is_due(house):
    house.error = TransportError("The server cannot be reached.")
    await outcome(house.obtain())
    house.clock.move(1)
    await outcome(house.obtain())
    with pytest.raises(TransportError, match=r"reached\. The next attempt is due in 2 s\."):
        await house.obtain()


async def test_a_success_ends_the_backing_off(house):
    house.error = TransportError("cannot be reached")
    await outcome(house.obtain())
    house.error = None
    house.clock.move(1)
    assert await outcome(house.obtain()) == "access-2"
    house.error = TransportError("cannot be reached")
    house.clock.move(3600)
    await outcome(house.obtain())
    house.clock.move(1)
    await outcome(house.obtain())
    assert house.runs == 4


async def test_a_clock_that_is_set_back_does_not_prolong_the_backing_off(house):
    house.error = TransportError("cannot be reached")
    await outcome(house.obtain())
    house.clock.move(-3600)
    await outcome(house.obtain())
    assert house.runs == 2


async def test_a_wrong_password_is_not_tried_again_for_minutes(house):
    grant = Password(**PLAIN, username="ann", password=Secret("wrong"))
    for _ in range(100):
        assert await outcome(house.obtain(grant)) == "grant_invalid"
        house.clock.move(2.9)
    assert house.runs == 1
    house.clock.move(11)
    assert (await outcome(house.obtain(grant)), house.runs) == ("grant_invalid", 2)


async def test_what_ended_for_good_costs_at_most_one_look_at_the_store_a_second(house):
    looks = []

    class Counting(MemoryStore):
        def load(self, key):
            looks.append(key)
            return super().load(key)

    house.broker._store = Counting()
    for _ in range(3):
        for _ in range(100):
            assert await outcome(house.obtain(FIRST)) == "grant_invalid"
        house.clock.move(1)
    assert (len(looks), house.runs) == (3, 1)


async def test_an_ended_refresh_token_gives_way_to_a_newer_one_in_the_store(house):
    assert await outcome(house.obtain(FIRST)) == "grant_invalid"
    house.server.refresh_tokens.add("newer")
    house.store.save(Record(FIRST.key, LABEL, Token(Secret("a"), house.clock.now(), house.clock.now(), Secret("newer"))))
    house.clock.move(1)
    assert (await outcome(house.obtain(FIRST)), house.server.requests[-1]["refresh_token"]) == ("access-2", "newer")


async def test_a_defect_of_ours_is_an_error_for_everyone_who_waits(house):
    house.error = KeyError("secret")
    codes = await asyncio.gather(*(outcome(house.obtain()) for _ in range(3)))
    assert (codes, house.runs) == (["internal_error"] * 3, 1)


async def test_what_failed_in_one_process_is_not_asked_for_by_another_at_once(house):
    house.error = TransportError("cannot be reached")
    assert await outcome(house.obtain()) == "unreachable"
    other = Broker(house.store, house.clock)
    for second in range(3):
        assert await outcome(other.obtain(GRANT, house.run, label=LABEL)) == "unreachable"
        assert house.runs == (1 if second == 0 else 2)
        house.clock.move(1)
    await other.close()


async def test_what_was_refused_for_good_is_not_shown_again_by_another_process(house):
    assert await outcome(house.obtain(FIRST)) == "grant_invalid"
    house.clock.move(60)
    other = Broker(house.store, house.clock)
    assert await outcome(other.obtain(FIRST, house.run, label=LABEL)) == "grant_invalid"
    await other.close()
    assert house.runs == 1


async def test_a_success_is_known_to_every_process(house):
    house.error = TransportError("cannot be reached")
    await outcome(house.obtain())
    house.error = None
    house.clock.move(2)
    await house.obtain()
    assert house.store.failure(GRANT.key) is None


async def test_a_server_that_asks_for_patience_gets_it_up_to_five_minutes(house):
    for asked, granted in ((30, 30), (86400, 300)):
        house.error = TokenEndpointError("busy", code="token_endpoint_unavailable")
        house.error.retry_after = float(asked)
        before = house.runs
        await outcome(house.obtain())
        house.clock.move(granted - 1)
        with pytest.raises(TokenEndpointError) as caught:
            await house.obtain()
        assert (house.runs - before, caught.value.retry_after) == (1, 1.0)
        house.clock.move(1)
        await outcome(house.obtain())
        assert house.runs - before == 2
        house.clock.move(1000)
