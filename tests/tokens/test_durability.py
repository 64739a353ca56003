"""What was obtained is not lost: full disks, crashes, closing."""

import asyncio
from datetime import timedelta

import pytest
from tests.tokens.brokers import FIRST, GRANT, LABEL, BrokerSetup, outcome

from authwright.errors import AuthwrightError, TokenEndpointError, TransportError
from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.store import Record
from authwright.tokens.stores.memory import MemoryStore


async def test_a_full_disk_keeps_the_token_in_memory_and_says_so(broker_setup):
    broker_setup.store.full = True
    assert (await broker_setup.obtain()).access_token == Secret("access-1")
    assert broker_setup.broker.held(GRANT) is not None
    assert broker_setup.warnings == ["The token of orders could not be saved and is kept in memory only: disk full"]


async def test_what_could_not_be_saved_is_saved_once_there_is_room(broker_setup):
    broker_setup.store.full = True
    await broker_setup.obtain()
    broker_setup.store.full = False
    broker_setup.clock.move(11)
    assert broker_setup.broker.held(GRANT) is None
    await broker_setup.obtain()
    await broker_setup.landed()
    assert (broker_setup.store.load(GRANT.key).token.access_token, broker_setup.runs) == (Secret("access-1"), 1)
    assert broker_setup.broker.held(GRANT).access_token == Secret("access-1")


async def test_what_could_not_be_saved_is_saved_at_the_end(broker_setup):
    broker_setup.store.full = True
    await broker_setup.obtain()
    broker_setup.store.full = False
    await broker_setup.broker.close()
    assert broker_setup.store.load(GRANT.key).token.access_token == Secret("access-1")


async def test_a_full_disk_is_found_before_a_rotating_refresh_token_is_spent():
    broker_setup = BrokerSetup(refresh_tokens={"first"}, gives_refresh_token=True)
    await broker_setup.obtain(FIRST)
    broker_setup.clock.move(3600)
    broker_setup.store.full = True
    assert (await outcome(broker_setup.obtain(FIRST)), broker_setup.runs) == ("store_unusable", 1)
    broker_setup.store.full = False
    broker_setup.clock.move(1)
    assert await outcome(broker_setup.obtain(FIRST)) == "access-2"
    await broker_setup.broker.close()


async def test_a_refresh_that_is_on_its_way_is_written_down_and_struck_out_when_it_is_saved():
    broker_setup = BrokerSetup(refresh_tokens={"first"}, gives_refresh_token=True)
    await broker_setup.obtain(FIRST)
    broker_setup.clock.move(3600)
    broker_setup.open.clear()
    broker_setup.waiting.clear()
    task = asyncio.create_task(broker_setup.obtain(FIRST))
    await broker_setup.waiting.wait()
    assert broker_setup.store.load(FIRST.key).refreshing_since == broker_setup.clock.now()
    broker_setup.open.set()
    await task
    assert broker_setup.store.load(FIRST.key).refreshing_since is None
    await broker_setup.broker.close()


@pytest.mark.parametrize(
    ("error", "open_intent"),
    [(TransportError("t", code="timeout"), True), (TransportError("u"), False), (TokenEndpointError("x", status=500), False)],
)
async def test_only_a_refresh_whose_outcome_is_unknown_stays_written_down(error, open_intent):
    broker_setup = BrokerSetup(refresh_tokens={"first"}, gives_refresh_token=True)
    await broker_setup.obtain(FIRST)
    broker_setup.clock.move(3600)
    broker_setup.error = error
    await outcome(broker_setup.obtain(FIRST))
    assert (broker_setup.store.load(FIRST.key).refreshing_since is not None) == open_intent
    await broker_setup.broker.close()


async def test_after_a_crash_within_a_refresh_the_old_token_is_tried_once_and_the_error_says_why(broker_setup):
    ended = Token(Secret("a"), broker_setup.clock.now(), broker_setup.clock.now() - timedelta(hours=1), Secret("spent"))
    broker_setup.store.save(Record(FIRST.key, LABEL, ended, refreshing_since=broker_setup.clock.now()))
    for _ in range(20):
        with pytest.raises(TokenEndpointError) as caught:
            await broker_setup.obtain(FIRST)
        broker_setup.clock.move(5)
    assert broker_setup.runs == 1
    assert caught.value.hint.startswith("An earlier refresh was cut off and may have spent the refresh token.")


async def test_a_store_that_cannot_be_read_fails_the_request(broker_setup):
    class Unreadable(MemoryStore):
        def load(self, key):
            raise AuthwrightError("damaged", code="store_unusable")

    broker_setup.broker._store = Unreadable()
    assert (await outcome(broker_setup.obtain()), broker_setup.runs) == ("store_unusable", 0)


async def test_closing_waits_for_what_is_on_its_way_and_begins_nothing_more(broker_setup):
    broker_setup.open.clear()
    waiting = asyncio.create_task(broker_setup.obtain())
    await broker_setup.waiting.wait()
    closing = asyncio.create_task(broker_setup.broker.close())
    await asyncio.sleep(0)
    assert not closing.done()
    broker_setup.open.set()
    await closing
    assert broker_setup.store.load(GRANT.key).token == await waiting
    broker_setup.clock.move(3600)
    assert await outcome(broker_setup.obtain()) == "shutting_down"


async def test_a_forgotten_token_is_obtained_anew(broker_setup):
    await broker_setup.obtain()
    assert (await broker_setup.broker.forget(GRANT.key), broker_setup.broker.held(GRANT), broker_setup.store.records()) == (
        True,
        None,
        [],
    )
    assert (await broker_setup.obtain()).access_token == Secret("access-2")


async def test_memory_is_bounded(broker_setup):
    broker_setup.server.lifetime = None
    for number in range(1100):
        broker_setup.broker._holding(f"key {number}")
    assert len(broker_setup.broker._holdings) == 1000
