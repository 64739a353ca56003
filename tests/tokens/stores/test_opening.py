"""An opening says which store and how to open it, also in another process."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.tokens.stores.records import RECORD

from authwright.assembly import has_store, open_store, opening_of
from authwright.tokens.key import StoreKey
from authwright.tokens.portable import dump, load
from authwright.tokens.stores.opening import STORES, Opening

KEY = StoreKey(bytes(range(32)), "file")


@pytest.mark.parametrize("kind", STORES)
def test_an_opening_travels_to_another_process(kind):
    opening = Opening(kind, "/home/x/tokens.db", KEY)
    assert load(dump(opening)) == opening


@pytest.mark.parametrize("kind", STORES)
def test_a_store_that_is_shared_is_the_same_for_whoever_opens_it(kind, tmp_path):
    opening = Opening(kind, str(tmp_path / "home" / "tokens.db"), KEY)
    with closing(opening.open()) as one, closing(load(dump(opening)).open()) as two:
        one.save(RECORD)
        assert (two.load(RECORD.key) == RECORD) is opening.shared


def test_the_key_is_in_no_repr():
    assert repr(KEY.value) not in repr(Opening("sqlite", "tokens.db", KEY))


def test_looking_whether_there_is_a_store_makes_neither_it_nor_its_key(tmp_path):
    home = tmp_path / "home"
    assert (has_store(home), home.exists()) == (False, False)
    open_store(home).close()
    assert has_store(home)
    assert Path(opening_of(home).place) == home / "tokens.db"
