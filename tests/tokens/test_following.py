"""What other processes do with the store is taken over by who holds a token of it."""

from dataclasses import replace

import pytest
from tests.tokens.brokers import GRANT, LABEL, BrokerSetup, outcome

from authwright.errors import AuthwrightError, InteractionRequired
from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.key import key_of
from authwright.tokens.store import Record
from authwright.tokens.stores.sqlite import SqliteStore


@pytest.fixture
def ours(tmp_path):
    store = SqliteStore(tmp_path / "tokens.db", key_of(tmp_path))
    yield store
    store.close()


@pytest.fixture
def theirs(ours, tmp_path):
    """Another process's connection to the same store."""
    store = SqliteStore(tmp_path / "tokens.db", key_of(tmp_path))
    yield store
    store.close()


@pytest.fixture
async def broker_setup(ours):
    made = BrokerSetup(ours)
    yield made
    made.open.set()
    await made.broker.close()


def another(record):
    return replace(record, token=replace(record.token, access_token=Secret("theirs")))


async def test_a_token_that_was_forgotten_is_used_no_longer(broker_setup, theirs):
    await broker_setup.obtain()
    theirs.delete(GRANT.key)
    assert broker_setup.broker.held(GRANT) is not None
    await broker_setup.broker.follow()
    assert broker_setup.broker.held(GRANT) is None
    assert (await outcome(broker_setup.obtain()), broker_setup.runs) == ("access-2", 2)


async def test_a_token_that_was_replaced_is_read_from_the_store(broker_setup, theirs):
    await broker_setup.obtain()
    theirs.save(another(theirs.load(GRANT.key)))
    await broker_setup.broker.follow()
    assert (await outcome(broker_setup.obtain()), broker_setup.runs) == ("theirs", 1)


async def test_what_others_do_with_other_tokens_changes_nothing(broker_setup, theirs):
    token = await broker_setup.obtain()
    theirs.save(Record("another key", LABEL, Token(Secret("x"))))
    theirs.touch(GRANT.key, broker_setup.clock.now())
    await broker_setup.broker.follow()
    assert broker_setup.broker.held(GRANT) is token


async def test_the_store_is_not_read_where_nobody_else_has_written(broker_setup, ours, monkeypatch):
    await broker_setup.obtain()
    await broker_setup.broker.follow()
    monkeypatch.setattr(ours, "load", None)
    ours.touch(GRANT.key, broker_setup.clock.now())
    await broker_setup.broker.follow()


async def test_a_token_that_could_not_be_saved_is_kept(broker_setup, ours, theirs, monkeypatch):
    def full(_record):
        raise AuthwrightError("disk full", code="store_unusable")

    monkeypatch.setattr(ours, "save", full)
    token = await broker_setup.obtain()
    theirs.save(Record("another key", LABEL, Token(Secret("x"))))
    await broker_setup.broker.follow()
    assert broker_setup.broker.held(GRANT) is token


async def test_a_sign_in_elsewhere_ends_the_refusals(broker_setup, theirs):
    broker_setup.error = InteractionRequired("Sign in.", code="login_required")
    assert await outcome(broker_setup.obtain()) == "login_required"
    theirs.save(Record(GRANT.key, LABEL, Token(Secret("theirs"))))
    assert await outcome(broker_setup.obtain()) == "login_required"
    await broker_setup.broker.follow()
    assert (await outcome(broker_setup.obtain()), broker_setup.runs) == ("theirs", 1)


async def test_a_failure_that_is_waited_out_is_waited_out(broker_setup, theirs):
    broker_setup.error = AuthwrightError("busy", code="token_endpoint")
    assert await outcome(broker_setup.obtain()) == "token_endpoint"
    theirs.save(Record("another key", LABEL, Token(Secret("x"))))
    await broker_setup.broker.follow()
    assert (await outcome(broker_setup.obtain()), broker_setup.runs) == ("token_endpoint", 1)
