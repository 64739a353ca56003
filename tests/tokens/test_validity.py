"""A token is used while it is good, and the next one is there before it ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.tokens.brokers import GRANT, PLAIN, BrokerSetup

from authwright.errors import TransportError
from authwright.flow.token import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.secret import Secret
from authwright.tokens.validity import ahead_of, validity


async def test_near_its_end_a_token_is_served_while_the_next_is_obtained_in_the_background(broker_setup):
    old = await broker_setup.obtain()
    broker_setup.clock.move(3600 - 160)
    broker_setup.open.clear()
    assert broker_setup.broker.held(GRANT) is None
    assert await broker_setup.obtain() == old
    assert broker_setup.broker.held(GRANT) == old
    broker_setup.open.set()
    await broker_setup.landed()
    assert (broker_setup.broker.held(GRANT).access_token, broker_setup.runs) == (Secret("access-2"), 2)


async def test_at_its_very_end_it_is_not_served(broker_setup):
    old = await broker_setup.obtain()
    broker_setup.clock.move(3600 - 30)
    assert broker_setup.broker.held(GRANT) is None
    assert (await broker_setup.obtain()) != old


async def test_a_refresh_ahead_that_fails_is_tried_at_most_every_ten_seconds_and_harms_nobody(broker_setup):
    await broker_setup.obtain()
    broker_setup.clock.move(3600 - 160)
    broker_setup.error = TransportError("cannot be reached")
    for _ in range(100):
        assert (await broker_setup.obtain()).access_token == Secret("access-1")
        await broker_setup.landed()
        broker_setup.clock.move(1)
    assert broker_setup.runs == 1 + 10
    assert broker_setup.warnings[0] == "The token of orders could not be refreshed ahead: cannot be reached"


async def test_short_lives_make_no_loop():
    broker_setup = BrokerSetup(lifetime=5)
    for _ in range(50):
        token = broker_setup.broker.held(GRANT) or await broker_setup.obtain()
        assert token is not None
        await broker_setup.landed()
        broker_setup.clock.move(0.1)
    assert broker_setup.runs == 2
    await broker_setup.broker.close()


@pytest.mark.parametrize("lifetime", [0, -1])
async def test_a_token_without_a_life_is_used_once(lifetime):
    broker_setup = BrokerSetup(lifetime=lifetime)
    tokens = [await broker_setup.obtain() for _ in range(3)]
    assert ([t.access_token.reveal() for t in tokens], broker_setup.broker.held(GRANT)) == (
        ["access-1", "access-2", "access-3"],
        None,
    )
    assert broker_setup.store.records() == []
    await broker_setup.broker.close()


async def test_a_token_without_an_end_is_used_until_it_is_rejected():
    broker_setup = BrokerSetup(lifetime=None)
    token = await broker_setup.obtain()
    broker_setup.clock.move(10**9)
    assert (broker_setup.broker.held(GRANT), broker_setup.broker.held(GRANT, rejected=token)) == (token, None)
    await broker_setup.broker.close()


async def test_a_token_from_the_future_is_not_trusted(broker_setup):
    await broker_setup.obtain()
    broker_setup.clock.move(-3600)
    assert broker_setup.broker.held(GRANT) is None
    assert (await broker_setup.obtain()).access_token == Secret("access-2")


BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lifetime", "ahead", "until"),
    [(3600, 3300, 3570), (1000, 900, 980), (86400, 86100, 86370), (10, 9, 9.8), (1, 0.9, 0.98)],
)
def test_the_windows_are_a_part_of_the_life_and_bounded(lifetime, ahead, until):
    token = Token(Secret("a"), BEGIN + timedelta(seconds=lifetime), BEGIN)
    known = validity(token)
    assert ((known.ahead - BEGIN).total_seconds(), (known.until - BEGIN).total_seconds()) == (ahead, until)


@pytest.mark.parametrize(("asked", "ahead"), [(600, 3000), (0, 3570), (10, 3570), (9000, 1800)])
def test_how_long_ahead_may_be_asked_for(asked, ahead):
    token = Token(Secret("a"), BEGIN + timedelta(hours=1), BEGIN)
    known = validity(token, timedelta(seconds=asked))
    assert ((known.ahead - BEGIN).total_seconds(), (known.until - BEGIN).total_seconds()) == (ahead, 3570)


@pytest.mark.parametrize(("asked", "expected"), [("auto", None), (timedelta(minutes=9), timedelta(minutes=9))])
def test_a_grant_says_how_long_ahead(asked, expected):
    grant = ClientCredentials(**PLAIN, refresh_ahead=asked)
    assert (ahead_of(grant), grant.key) == (expected, GRANT.key), "it changes nothing about which token it is"


async def test_what_a_grant_asks_for_is_done(broker_setup):
    grant = ClientCredentials(**PLAIN, refresh_ahead=timedelta(minutes=20))
    await broker_setup.obtain(grant)
    broker_setup.clock.move(3600 - 600)
    await broker_setup.obtain(grant)
    await broker_setup.landed()
    assert broker_setup.broker.held(grant).access_token == Secret("access-2")


def test_not_everybody_renews_at_one_moment():
    known = validity(Token(Secret("a"), BEGIN + timedelta(hours=1), BEGIN))
    moments = [(known.spread(chance).ahead - BEGIN).total_seconds() for chance in (0, 0.5, 1)]
    assert moments == [3300, 3367.5, 3435]


def test_a_token_of_unknown_beginning_ends_half_a_minute_early():
    token = replace(Token(Secret("a")), expires_at=BEGIN)
    assert BEGIN - validity(token).until == timedelta(seconds=30)
