"""What was obtained is not lost: full disks, crashes, closing."""

import asyncio
from datetime import timedelta

import pytest
from tests.tokens.ground import FIRST, GRANT, LABEL, House, outcome

from authwright.errors import AuthwrightError, TokenEndpointError, TransportError
from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.store import Record
from authwright.tokens.stores.memory import MemoryStore


async def test_a_full_disk_keeps_the_token_in_memory_and_says_so(house):
    house.store.full = True
    assert (await house.obtain()).access_token == Secret("access-1")
    assert house.broker.held(GRANT) is not None
    assert house.warnings == ["The token of orders could not be saved and is kept in memory only: disk full"]


async def test_what_could_not_be_saved_is_saved_once_there_is_room(house):
    house.store.full = True
    await house.obtain()
    house.store.full = False
    house.clock.move(11)
    assert house.broker.held(GRANT) is None
    await house.obtain()
    await house.landed()
    assert (house.store.load(GRANT.key).token.access_token, house.runs) == (Secret("access-1"), 1)
    assert house.broker.held(GRANT).access_token == Secret("access-1")


async def test_what_could_not_be_saved_is_saved_at_the_end(house):
    house.store.full = True
    await house.obtain()
    house.store.full = False
    await house.broker.close()
    assert house.store.load(GRANT.key).token.access_token == Secret("access-1")


async def test_a_full_disk_is_found_before_a_rotating_refresh_token_is_spent():
    house = House(refresh_tokens={"first"}, gives_refresh_token=True)
    await house.obtain(FIRST)
    house.clock.move(3600)
    house.store.full = True
    assert (await outcome(house.obtain(FIRST)), house.runs) == ("store_unusable", 1)
    house.store.full = False
    house.clock.move(1)
    assert await outcome(house.obtain(FIRST)) == "access-2"
    await house.broker.close()


async def test_a_refresh_that_is_on_its_way_is_written_down_and_struck_out_when_it_is_saved():
    house = House(refresh_tokens={"first"}, gives_refresh_token=True)
    await house.obtain(FIRST)
    house.clock.move(3600)
    house.open.clear()
    house.waiting.clear()
    task = asyncio.create_task(house.obtain(FIRST))
    await house.waiting.wait()
    assert house.store.load(FIRST.key).refreshing_since == house.clock.now()
    house.open.set()
    await task
    assert house.store.load(FIRST.key).refreshing_since is None
    await house.broker.close()


@pytest.mark.parametrize(
    ("error", "open_intent"),
    [(TransportError("t", code="timeout"), True), (TransportError("u"), False), (TokenEndpointError("x", status=500), False)],
)
async def test_only_a_refresh_whose_outcome_is_unknown_stays_written_down(error, open_intent):
    house = House(refresh_tokens={"first"}, gives_refresh_token=True)
    await house.obtain(FIRST)
    house.clock.move(3600)
    house.error = error
    await outcome(house.obtain(FIRST))
    assert (house.store.load(FIRST.key).refreshing_since is not None) == open_intent
    await house.broker.close()


async def test_after_a_crash_within_a_refresh_the_old_token_is_tried_once_and_the_error_says_why(house):
    ended = Token(Secret("a"), house.clock.now(), house.clock.now() - timedelta(hours=1), Secret("spent"))
    house.store.save(Record(FIRST.key, LABEL, ended, refreshing_since=house.clock.now()))
    for _ in range(20):
        with pytest.raises(TokenEndpointError) as caught:
            await house.obtain(FIRST)
        house.clock.move(5)
    assert house.runs == 1
    assert caught.value.hint.startswith("An earlier refresh was cut off and may have spent the refresh token.")


async def test_a_store_that_cannot_be_read_fails_the_request(house):
    class Unreadable(MemoryStore):
        def load(self, key):
            raise AuthwrightError("damaged", code="store_unusable")

    house.broker._store = Unreadable()
    assert (await outcome(house.obtain()), house.runs) == ("store_unusable", 0)


async def test_closing_waits_for_what_is_on_its_way_and_begins_nothing_more(house):
    house.open.clear()
    waiting = asyncio.create_task(house.obtain())
    await house.waiting.wait()
    closing = asyncio.create_task(house.broker.close())
    await asyncio.sleep(0)
    assert not closing.done()
    house.open.set()
    await closing
    assert house.store.load(GRANT.key).token == await waiting
    house.clock.move(3600)
    assert await outcome(house.obtain()) == "shutting_down"


async def test_a_forgotten_token_is_obtained_anew(house):
    await house.obtain()
    assert (await house.broker.forget(GRANT.key), house.broker.held(GRANT), house.store.records()) == (True, None, [])
    assert (await house.obtain()).access_token == Secret("access-2")


async def test_memory_is_bounded(house):
    house.server.lifetime = None
    for number in range(1100):
        house.broker._holding(f"key {number}")
    assert len(house.broker._holdings) == 1000
