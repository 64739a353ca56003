"""What other processes do with the store is taken over by who holds a token of it."""

from dataclasses import replace

import pytest
from tests.tokens.ground import GRANT, LABEL, House, outcome

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
async def house(ours):
    made = House(ours)
    yield made
    made.open.set()
    await made.broker.close()


def another(record):
    return replace(record, token=replace(record.token, access_token=Secret("theirs")))


async def test_a_token_that_was_forgotten_is_used_no_longer(house, theirs):
    await house.obtain()
    theirs.delete(GRANT.key)
    assert house.broker.held(GRANT) is not None
    await house.broker.follow()
    assert house.broker.held(GRANT) is None
    assert (await outcome(house.obtain()), house.runs) == ("access-2", 2)


async def test_a_token_that_was_replaced_is_read_from_the_store(house, theirs):
    await house.obtain()
    theirs.save(another(theirs.load(GRANT.key)))
    await house.broker.follow()
    assert (await outcome(house.obtain()), house.runs) == ("theirs", 1)


async def test_what_others_do_with_other_tokens_changes_nothing(house, theirs):
    token = await house.obtain()
    theirs.save(Record("another key", LABEL, Token(Secret("x"))))
    theirs.touch(GRANT.key, house.clock.now())
    await house.broker.follow()
    assert house.broker.held(GRANT) is token


async def test_the_store_is_not_read_where_nobody_else_has_written(house, ours, monkeypatch):
    await house.obtain()
    await house.broker.follow()
    monkeypatch.setattr(ours, "load", None)
    ours.touch(GRANT.key, house.clock.now())
    await house.broker.follow()


async def test_a_token_that_could_not_be_saved_is_kept(house, ours, theirs, monkeypatch):
    def full(_record):
        raise AuthwrightError("disk full", code="store_unusable")

    monkeypatch.setattr(ours, "save", full)
    token = await house.obtain()
    theirs.save(Record("another key", LABEL, Token(Secret("x"))))
    await house.broker.follow()
    assert house.broker.held(GRANT) is token


async def test_a_sign_in_elsewhere_ends_the_refusals(house, theirs):
    house.error = InteractionRequired("Sign in.", code="login_required")
    assert await outcome(house.obtain()) == "login_required"
    theirs.save(Record(GRANT.key, LABEL, Token(Secret("theirs"))))
    assert await outcome(house.obtain()) == "login_required"
    await house.broker.follow()
    assert (await outcome(house.obtain()), house.runs) == ("theirs", 1)


async def test_a_failure_that_is_waited_out_is_waited_out(house, theirs):
    house.error = AuthwrightError("busy", code="token_endpoint")
    assert await outcome(house.obtain()) == "token_endpoint"
    theirs.save(Record("another key", LABEL, Token(Secret("x"))))
    await house.broker.follow()
    assert (await outcome(house.obtain()), house.runs) == ("token_endpoint", 1)
