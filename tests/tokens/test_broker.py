"""One token request per need, whoever waits, goes away or was rejected."""

import asyncio
from datetime import timedelta

import pytest
from tests.grants.server import AuthorizationServer, answer
from tests.tokens.ground import GRANT, LABEL, PLAIN

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.secret import Secret
from authwright.tokens.store import Record
from authwright.tokens.stores.memory import MemoryStore


async def test_a_thousand_at_once_cost_one_request(house):
    tokens = await asyncio.gather(*(house.obtain() for _ in range(1000)))
    assert (house.runs, {token.access_token.reveal() for token in tokens}) == (1, {"access-1"})


async def test_a_thousand_at_once_on_an_ended_token_cost_one_request_more(house):
    await house.obtain()
    house.clock.move(3600)
    assert {t.access_token.reveal() for t in await asyncio.gather(*(house.obtain() for _ in range(1000)))} == {"access-2"}
    assert house.runs == 2


async def test_a_thousand_at_once_on_a_failing_endpoint_cost_one_request_and_get_the_same_error(house):
    house.error = TokenEndpointError("no", code="token_endpoint_unavailable")
    errors = await asyncio.gather(*(house.obtain() for _ in range(1000)), return_exceptions=True)
    assert (house.runs, {(type(e), e.code, e.message) for e in errors}) == (
        1,
        {(TokenEndpointError, "token_endpoint_unavailable", "no The next attempt is due in 1 s.")},
    )


async def test_each_error_is_its_own_object_so_that_no_traceback_grows(house):
    house.error = TokenEndpointError("no", error="invalid_client", status=401, code="token_endpoint_refused", hint="h")
    one, two = await asyncio.gather(house.obtain(), house.obtain(), return_exceptions=True)
    assert one is not two
    assert (one.error, one.status, one.hint) == (two.error, two.status, two.hint) == ("invalid_client", 401, "h")


async def test_the_one_who_began_it_may_go_away(house):
    house.open.clear()
    leader = asyncio.create_task(house.obtain())
    await house.waiting.wait()
    others = [asyncio.create_task(house.obtain()) for _ in range(100)]
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    house.open.set()
    assert ({t.access_token.reveal() for t in await asyncio.gather(*others)}, house.runs) == ({"access-1"}, 1)


async def test_it_goes_on_when_everybody_has_gone_away(house):
    house.open.clear()
    leader = asyncio.create_task(house.obtain())
    await house.waiting.wait()
    leader.cancel()
    await asyncio.gather(leader, return_exceptions=True)
    house.open.set()
    await house.landed()
    assert (house.broker.held(GRANT).access_token, house.runs) == (Secret("access-1"), 1)


async def test_it_is_saved_before_it_is_used(house):
    seen = []
    save = MemoryStore.save

    class Watching(MemoryStore):
        def save(self, record):
            seen.append(house.broker.held(GRANT))
            save(self, record)

    house.broker._store = Watching()
    token = await house.obtain()
    assert (seen, house.broker.held(GRANT)) == ([None], token)


async def test_two_grants_do_not_wait_for_each_other(house):
    house.open.clear()
    waiting = asyncio.create_task(house.obtain())
    await house.waiting.wait()
    other = ClientCredentials(**PLAIN, scope=("other",))
    house.store.save(Record(other.key, LABEL, Token(Secret("stored"))))
    assert (await house.obtain(other)).access_token == Secret("stored")
    house.open.set()
    await waiting


async def test_what_another_process_obtained_is_used(house):
    house.store.save(Record(GRANT.key, LABEL, Token(Secret("stored"), house.clock.now() + timedelta(hours=1), house.clock.now())))
    assert ((await house.obtain()).access_token, house.runs) == (Secret("stored"), 0)
    assert house.store.load(GRANT.key).last_used == house.clock.now()


async def test_what_the_store_holds_is_not_used_when_it_is_the_rejected_one(house):
    stored = Token(Secret("stored"))
    house.store.save(Record(GRANT.key, LABEL, stored))
    assert ((await house.obtain(rejected=stored)).access_token, house.runs) == (Secret("access-1"), 1)


async def test_a_rejected_token_is_replaced_once_per_value(house):
    old = await house.obtain()
    tokens = await asyncio.gather(*(house.obtain(rejected=old) for _ in range(1000)))
    late = await house.obtain(rejected=old)
    assert ({t.access_token.reveal() for t in (*tokens, late)}, house.runs) == ({"access-2"}, 2)


async def test_a_rejected_token_that_comes_back_is_not_asked_for_again_at_once(house):
    class Stubborn(AuthorizationServer):
        def _token(self, form):
            return answer(access_token="the-same", token_type="Bearer", expires_in=3600)

    house.server = Stubborn()
    token = await house.obtain()
    again = [(await house.obtain(rejected=token)).access_token.reveal() for _ in range(100)]
    assert (set(again), house.runs) == ({"the-same"}, 2)
    house.clock.move(11)
    await house.obtain(rejected=token)
    assert house.runs == 3


async def test_a_rejected_token_is_not_handed_to_one_who_joined_a_flight_that_found_it(house):
    stored = Token(Secret("stored"))
    house.store.save(Record(GRANT.key, LABEL, stored))
    plain, rejecting = await asyncio.gather(house.obtain(), house.obtain(rejected=stored))
    assert (plain.access_token, rejecting.access_token) == (Secret("stored"), Secret("access-1"))
