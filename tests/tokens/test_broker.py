"""One token request per need, whoever waits, goes away or was rejected."""

import asyncio
from datetime import timedelta

import pytest
from tests.grants.authorization_server import AuthorizationServer, answer
from tests.tokens.brokers import GRANT, LABEL, PLAIN

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.secret import Secret
from authwright.tokens.store import Record
from authwright.tokens.stores.memory import MemoryStore


async def test_a_thousand_at_once_cost_one_request(broker_setup):
    tokens = await asyncio.gather(*(broker_setup.obtain() for _ in range(1000)))
    assert (broker_setup.runs, {token.access_token.reveal() for token in tokens}) == (1, {"access-1"})


async def test_a_thousand_at_once_on_an_ended_token_cost_one_request_more(broker_setup):
    await broker_setup.obtain()
    broker_setup.clock.move(3600)
    assert {t.access_token.reveal() for t in await asyncio.gather(*(broker_setup.obtain() for _ in range(1000)))} == {"access-2"}
    assert broker_setup.runs == 2


async def test_a_thousand_at_once_on_a_failing_endpoint_cost_one_request_and_get_the_same_error(broker_setup):
    broker_setup.error = TokenEndpointError("no", code="token_endpoint_unavailable")
    errors = await asyncio.gather(*(broker_setup.obtain() for _ in range(1000)), return_exceptions=True)
    assert (broker_setup.runs, {(type(e), e.code, e.message) for e in errors}) == (
        1,
        {(TokenEndpointError, "token_endpoint_unavailable", "no The next attempt is due in 1 s.")},
    )


async def test_each_error_is_its_own_object_so_that_no_traceback_grows(broker_setup):
    broker_setup.error = TokenEndpointError("no", error="invalid_client", status=401, code="token_endpoint_refused", hint="h")
    one, two = await asyncio.gather(broker_setup.obtain(), broker_setup.obtain(), return_exceptions=True)
    assert one is not two
    assert (one.error, one.status, one.hint) == (two.error, two.status, two.hint) == ("invalid_client", 401, "h")


async def test_the_one_who_began_it_may_go_away(broker_setup):
    broker_setup.open.clear()
    leader = asyncio.create_task(broker_setup.obtain())
    await broker_setup.waiting.wait()
    others = [asyncio.create_task(broker_setup.obtain()) for _ in range(100)]
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    broker_setup.open.set()
    assert ({t.access_token.reveal() for t in await asyncio.gather(*others)}, broker_setup.runs) == ({"access-1"}, 1)


async def test_it_goes_on_when_everybody_has_gone_away(broker_setup):
    broker_setup.open.clear()
    leader = asyncio.create_task(broker_setup.obtain())
    await broker_setup.waiting.wait()
    leader.cancel()
    await asyncio.gather(leader, return_exceptions=True)
    broker_setup.open.set()
    await broker_setup.landed()
    assert (broker_setup.broker.held(GRANT).access_token, broker_setup.runs) == (Secret("access-1"), 1)


async def test_it_is_saved_before_it_is_used(broker_setup):
    seen = []
    save = MemoryStore.save

    class Watching(MemoryStore):
        def save(self, record):
            seen.append(broker_setup.broker.held(GRANT))
            save(self, record)

    broker_setup.broker._store = Watching()
    token = await broker_setup.obtain()
    assert (seen, broker_setup.broker.held(GRANT)) == ([None], token)


async def test_two_grants_do_not_wait_for_each_other(broker_setup):
    broker_setup.open.clear()
    waiting = asyncio.create_task(broker_setup.obtain())
    await broker_setup.waiting.wait()
    other = ClientCredentials(**PLAIN, scope=("other",))
    broker_setup.store.save(Record(other.key, LABEL, Token(Secret("stored"))))
    assert (await broker_setup.obtain(other)).access_token == Secret("stored")
    broker_setup.open.set()
    await waiting


async def test_what_another_process_obtained_is_used(broker_setup):
    broker_setup.store.save(
        Record(GRANT.key, LABEL, Token(Secret("stored"), broker_setup.clock.now() + timedelta(hours=1), broker_setup.clock.now()))
    )
    assert ((await broker_setup.obtain()).access_token, broker_setup.runs) == (Secret("stored"), 0)
    assert broker_setup.store.load(GRANT.key).last_used == broker_setup.clock.now()


async def test_what_the_store_holds_is_not_used_when_it_is_the_rejected_one(broker_setup):
    stored = Token(Secret("stored"))
    broker_setup.store.save(Record(GRANT.key, LABEL, stored))
    assert ((await broker_setup.obtain(rejected=stored)).access_token, broker_setup.runs) == (Secret("access-1"), 1)


async def test_a_rejected_token_is_replaced_once_per_value(broker_setup):
    old = await broker_setup.obtain()
    tokens = await asyncio.gather(*(broker_setup.obtain(rejected=old) for _ in range(1000)))
    late = await broker_setup.obtain(rejected=old)
    assert ({t.access_token.reveal() for t in (*tokens, late)}, broker_setup.runs) == ({"access-2"}, 2)


async def test_a_rejected_token_that_comes_back_is_not_asked_for_again_at_once(broker_setup):
    class Stubborn(AuthorizationServer):
        def _token(self, form):
            return answer(access_token="the-same", token_type="Bearer", expires_in=3600)

    broker_setup.server = Stubborn()
    token = await broker_setup.obtain()
    again = [(await broker_setup.obtain(rejected=token)).access_token.reveal() for _ in range(100)]
    assert (set(again), broker_setup.runs) == ({"the-same"}, 2)
    broker_setup.clock.move(11)
    await broker_setup.obtain(rejected=token)
    assert broker_setup.runs == 3


async def test_a_rejected_token_is_not_handed_to_one_who_joined_a_flight_that_found_it(broker_setup):
    stored = Token(Secret("stored"))
    broker_setup.store.save(Record(GRANT.key, LABEL, stored))
    plain, rejecting = await asyncio.gather(broker_setup.obtain(), broker_setup.obtain(rejected=stored))
    assert (plain.access_token, rejecting.access_token) == (Secret("stored"), Secret("access-1"))
