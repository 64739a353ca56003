"""One token request per need, whatever fails, ends or is cancelled meanwhile."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.grants.server import AuthorizationServer, Clock, answer

from authwright.errors import AuthwrightError, TokenEndpointError, TransportError
from authwright.flow import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.password import Password
from authwright.grants.refresh_token import RefreshToken
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.memory import MemoryStore
from authwright.tokens.store import Label, Record
from authwright.tokens.validity import validity

PLAIN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": Secret("s3cret value")}
GRANT = ClientCredentials(**PLAIN)
FIRST = RefreshToken(**PLAIN, refresh_token=Secret("first"))
LABEL = Label("orders", "dev", "client_credentials", "as.example")


class UnreliableStore(MemoryStore):
    """A store whose disk can be full."""

    full = False

    def save(self, record):
        if self.full:
            raise AuthwrightError("disk full", code="store_unusable")
        super().save(record)


class House:
    """A broker, its store, its clock and an authorization server whose doors can be shut."""

    def __init__(self, store=None, **server):
        self.clock = Clock()
        self.server = AuthorizationServer(**server)
        self.store = store or UnreliableStore()
        self.warnings = []
        self.broker = Broker(self.store, self.clock, self.warnings.append)
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = asyncio.Event()
        self.error = None

    async def run(self, flow):
        self.waiting.set()
        await self.open.wait()
        if self.error is not None:
            self.server.requests.append({"grant_type": "failed"})
            raise self.error
        return self.server.run(flow)

    def obtain(self, grant=GRANT, rejected=None):
        return self.broker.obtain(grant, self.run, label=LABEL, rejected=rejected)

    async def landed(self):
        """Until whatever is in the background has come to its end."""
        await asyncio.gather(*(h.flight for h in self.broker._holdings.values() if h.flight is not None))
        await asyncio.sleep(0)

    @property
    def runs(self):
        return len(self.server.requests)


@pytest.fixture
async def house():
    made = House()
    yield made
    made.open.set()
    await made.broker.close()


async def outcome(awaitable):
    try:
        return (await awaitable).access_token.reveal()
    except AuthwrightError as error:
        return error.code


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


async def test_near_its_end_a_token_is_served_while_the_next_is_obtained_in_the_background(house):
    old = await house.obtain()
    house.clock.move(3600 - 299)
    house.open.clear()
    assert house.broker.held(GRANT) is None
    assert await house.obtain() == old
    assert house.broker.held(GRANT) == old
    house.open.set()
    await house.landed()
    assert (house.broker.held(GRANT).access_token, house.runs) == (Secret("access-2"), 2)


async def test_at_its_very_end_it_is_not_served(house):
    old = await house.obtain()
    house.clock.move(3600 - 30)
    assert house.broker.held(GRANT) is None
    assert (await house.obtain()) != old


async def test_a_refresh_ahead_that_fails_is_tried_at_most_every_ten_seconds_and_harms_nobody(house):
    await house.obtain()
    house.clock.move(3600 - 240)
    house.error = TransportError("cannot be reached")
    for _ in range(100):
        assert (await house.obtain()).access_token == Secret("access-1")
        await house.landed()
        house.clock.move(1)
    assert house.runs == 1 + 10
    assert house.warnings[0] == "The token of orders could not be refreshed ahead: cannot be reached"


async def test_short_lives_make_no_loop():
    house = House(lifetime=5)
    for _ in range(50):
        token = house.broker.held(GRANT) or await house.obtain()
        assert token is not None
        await house.landed()
        house.clock.move(0.1)
    assert house.runs == 2
    await house.broker.close()


@pytest.mark.parametrize("lifetime", [0, -1])
async def test_a_token_without_a_life_is_used_once(lifetime):
    house = House(lifetime=lifetime)
    tokens = [await house.obtain() for _ in range(3)]
    assert ([t.access_token.reveal() for t in tokens], house.broker.held(GRANT)) == (["access-1", "access-2", "access-3"], None)
    assert house.store.records() == []
    await house.broker.close()


async def test_a_token_without_an_end_is_used_until_it_is_rejected():
    house = House(lifetime=None)
    token = await house.obtain()
    house.clock.move(10**9)
    assert (house.broker.held(GRANT), house.broker.held(GRANT, rejected=token)) == (token, None)
    await house.broker.close()


async def test_a_token_from_the_future_is_not_trusted(house):
    await house.obtain()
    house.clock.move(-3600)
    assert house.broker.held(GRANT) is None
    assert (await house.obtain()).access_token == Secret("access-2")


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


BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lifetime", "ahead", "until"),
    [(3600, 3300, 3570), (1000, 900, 980), (86400, 86100, 86370), (10, 9, 9.8), (1, 0.9, 0.98)],
)
def test_the_windows_are_a_part_of_the_life_and_bounded(lifetime, ahead, until):
    token = Token(Secret("a"), BEGIN + timedelta(seconds=lifetime), BEGIN)
    known = validity(token)
    assert ((known.ahead - BEGIN).total_seconds(), (known.until - BEGIN).total_seconds()) == (ahead, until)


def test_a_token_of_unknown_beginning_ends_half_a_minute_early():
    token = replace(Token(Secret("a")), expires_at=BEGIN)
    assert BEGIN - validity(token).until == timedelta(seconds=30)
