"""Every store of the table keeps the same promises."""

import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.tokens.stores.records import FAILURE, LABEL, NOW, RECORD

from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.key import key_of
from authwright.tokens.stores.opening import STORES, Opening


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture(params=STORES)
def store(request, home):
    with closing(Opening(request.param, str(home / "tokens.db"), key_of(home)).open()) as opened:
        yield opened


def test_what_was_saved_is_loaded(store):
    store.save(RECORD)
    assert (store.load("k1"), store.load("k2")) == (RECORD, None)


def test_a_record_takes_the_place_of_the_one_before(store):
    newer = replace(RECORD, token=Token(Secret("bare")), refreshing_since=NOW)
    store.save(RECORD)
    store.save(newer)
    assert store.records() == [newer]


def test_a_forgotten_record_is_gone(store):
    store.save(RECORD)
    assert (store.delete("k1"), store.delete("k1"), store.records()) == (True, False, [])


def test_records_come_by_credential_and_environment(store):
    names = [("b", "dev"), ("a", "prod"), ("a", "dev")]
    for index, (credential, environment) in enumerate(names):
        store.save(replace(RECORD, key=f"k{index}", label=replace(LABEL, credential=credential, environment=environment)))
    assert [(r.label.credential, r.label.environment) for r in store.records()] == sorted(names)


def test_its_use_is_remembered(store):
    later = NOW + timedelta(days=1)
    store.save(RECORD)
    store.touch("k1", later)
    store.touch("unknown", later)
    assert store.records() == [replace(RECORD, last_used=later)]


def test_a_lock_keeps_others_out_and_another_key_is_free(store):
    order = []
    with store.lock("k1"):
        other = threading.Thread(target=lambda: _enter(store, order))
        other.start()
        with store.lock("k2"):
            order.append("first")
    other.join()
    assert order == ["first", "second"]


def _enter(store, order):
    with store.lock("k1"):
        order.append("second")


def test_a_failure_is_remembered_until_there_is_none(store):
    store.fail("k1", FAILURE)
    found = store.failure("k1")
    assert (found.error.code, found.error.error, found.at, found.attempts) == ("grant_invalid", "invalid_grant", NOW, 2)
    assert (found.presented, store.failure("k2")) == (Secret("refused-token"), None)
    store.fail("k1", None)
    assert store.failure("k1") is None


def test_a_forgotten_record_leaves_no_failure_behind(store):
    store.fail("k1", FAILURE)
    store.delete("k1")
    assert store.failure("k1") is None
