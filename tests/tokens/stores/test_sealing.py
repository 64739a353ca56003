"""What every store shares: a record is sealed with the key, and the generation before it is kept and used."""

from dataclasses import replace

import pytest
from tests.tokens.stores.records import FAILURE, NEWER, NOW, RECORD

from authwright.errors import AuthwrightError
from authwright.tokens.key import StoreKey
from authwright.tokens.stores.cipher import WrongKey
from authwright.tokens.stores.sealing import Sealing, damaged

KEY = StoreKey(bytes(range(32)), "file")
SEALING = Sealing(KEY)
OTHER = Sealing(StoreKey(bytes(32), "passphrase"))


def spoilt(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def test_a_record_survives_sealing():
    assert SEALING.open(SEALING.seal(RECORD)) == RECORD


def test_a_sealed_record_shows_no_secret():
    shown = repr(SEALING.seal(RECORD))
    assert [word for word in ("the-access-token", "the-refresh-token", "x.y.z") if word in shown] == []


def test_a_record_of_another_key_is_not_opened():
    with pytest.raises(ValueError, match="damaged"):
        OTHER.open(SEALING.seal(RECORD))


@pytest.mark.parametrize(
    ("saves", "before"),
    [
        ([RECORD], None),
        ([RECORD, NEWER], RECORD),
        ([RECORD, replace(RECORD, refreshing_since=NOW)], None),
        ([RECORD, NEWER, replace(NEWER, refreshing_since=NOW)], RECORD),
    ],
    ids=["the first", "a newer token", "the first again, as its refresh begins", "a newer token again"],
)
def test_the_generation_before_is_that_of_another_token(saves, before):
    kept = None
    for record in saves:
        kept = SEALING.seal(record).after(kept)
    assert SEALING.open(kept) == saves[-1]
    if before is None:
        assert kept.previous is None
    else:
        assert SEALING.open(replace(kept, sealed=spoilt(kept.sealed))).token == before.token


def test_where_no_generation_is_whole_the_record_is_damaged():
    kept = SEALING.seal(NEWER).after(SEALING.seal(RECORD))
    with pytest.raises(ValueError, match="damaged"):
        SEALING.open(replace(kept, sealed=spoilt(kept.sealed), previous=spoilt(kept.previous)))


def test_a_failure_is_opened_for_its_own_key_alone():
    sealed = SEALING.seal_failure("k1", FAILURE)
    assert SEALING.open_failure("k1", sealed).attempts == FAILURE.attempts
    assert [SEALING.open_failure("k2", sealed), SEALING.open_failure("k1", spoilt(sealed))] == [None, None]


def test_a_proof_tells_the_key_it_was_made_with():
    SEALING.check(SEALING.proof())
    with pytest.raises(WrongKey):
        OTHER.check(SEALING.proof())


@pytest.mark.parametrize("raised", [ValueError("not JSON"), KeyError("access_token"), TypeError("no text")])
def test_what_cannot_be_read_is_said_in_one_sentence(raised):
    with pytest.raises(AuthwrightError, match="is damaged") as caught, SEALING.explained("/h/tokens.db", "tokens.db"):
        raise raised
    assert (caught.value.message, caught.value.hint) == (
        damaged("/h/tokens.db", "tokens.db").message,
        "Put a backup back, or move tokens.db away and sign in again",
    )


def test_a_wrong_key_is_said_with_where_it_came_from():
    with pytest.raises(AuthwrightError) as caught, OTHER.explained("/h/tokens.db", "tokens.db"):
        OTHER.check(SEALING.proof())
    assert caught.value.message == "/h/tokens.db was encrypted with another key than the one that AUTHWRIGHT_PASSPHRASE makes."
    assert caught.value.hint == "Set the right passphrase, or move tokens.db and tokens.key away and sign in again"
