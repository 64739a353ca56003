"""The store on disk is durable, encrypted, and left as it is when something is wrong with it."""

import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tokens.stores.records import FAILURE, LABEL, MOMENTS, NEWER, NOW, RECORD, TOKENS, open_home

from authwright.errors import AuthwrightError
from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.store import Record


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@settings(deadline=None, max_examples=40)
@given(TOKENS, MOMENTS, st.text(st.characters(codec="utf-8")))
def test_every_record_survives_the_disk(tmp_path_factory, token, moment, credential):
    record = Record("k", replace(LABEL, credential=credential), token, moment, moment)
    home = tmp_path_factory.mktemp("store") / "home"
    with closing(open_home(home)) as store:
        store.save(record)
    with closing(open_home(home)) as store:
        assert store.load("k") == record


def test_only_the_host_of_the_token_endpoint_is_kept(home):
    with closing(open_home(home)) as store:
        store.save(replace(RECORD, label=replace(LABEL, token_endpoint="https://idp.example:8443/t/tenant?x=1")))
        assert store.records() == [RECORD]


def test_no_file_holds_a_secret(home):
    with closing(open_home(home)) as store:
        store.save(RECORD)
        store.fail("k1", FAILURE)
        content = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert [word for word in (b"the-access-token", b"the-refresh-token", b"x.y.z", b"refused-token") if word in content] == []
    assert b"orders" in content


def flip(home, columns, key="k1"):
    """Change a bit in the middle of values of the record *key*."""
    with closing(sqlite3.connect(home / "tokens.db")) as database, database:
        for column in columns:
            [(sealed,)] = database.execute(f"SELECT {column} FROM tokens WHERE key = ?", (key,)).fetchall()
            changed = bytearray(sealed)
            changed[len(changed) // 2] ^= 1
            database.execute(f"UPDATE tokens SET {column} = ? WHERE key = ?", (bytes(changed), key))


def test_where_the_newest_generation_is_damaged_the_one_before_is_used(home):
    with closing(open_home(home)) as store:
        store.save(RECORD)
        store.save(NEWER)
        store.save(replace(NEWER, refreshing_since=NOW))
    flip(home, ["sealed"])
    with closing(open_home(home)) as store:
        assert store.load("k1") == replace(RECORD, refreshing_since=NOW)


@pytest.mark.parametrize(("saved", "columns"), [([RECORD], ["sealed"]), ([RECORD, NEWER], ["sealed", "previous"])])
def test_where_no_generation_is_whole_it_is_damaged(home, saved, columns):
    with closing(open_home(home)) as store:
        for record in saved:
            store.save(record)
    flip(home, columns)
    with closing(open_home(home)) as store, pytest.raises(AuthwrightError, match="is damaged"):
        store.load("k1")


def test_a_failure_that_is_damaged_is_none(home):
    with closing(open_home(home)) as store:
        store.fail("k1", FAILURE)
        store._run("UPDATE failures SET sealed = ?", b"x" * 40)
        assert store.failure("k1") is None


def test_a_store_of_the_first_version_is_brought_up_to_this_one(home):
    with closing(open_home(home)) as store:
        store.save(RECORD)
        store._connection.executescript("ALTER TABLE tokens DROP COLUMN previous; DROP TABLE failures; PRAGMA user_version = 1;")
    with closing(open_home(home)) as store:
        store.save(NEWER)
        store.fail("k1", FAILURE)
        assert (store.load("k1"), store.failure("k1").attempts) == (NEWER, 2)
        assert store._connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_value_is_bound_to_its_record(home):
    with closing(open_home(home)) as store:
        store.save(RECORD)
        store.save(replace(RECORD, key="k2"))
    with closing(sqlite3.connect(home / "tokens.db")) as database, database:
        database.execute("UPDATE tokens SET sealed = (SELECT sealed FROM tokens WHERE key = 'k1') WHERE key = 'k2'")
    with closing(open_home(home)) as store:
        assert store.load("k1") == RECORD
        with pytest.raises(AuthwrightError, match="damaged"):
            store.load("k2")


def wrong_key(home):
    (home / "tokens.key").write_bytes(bytes(32))


def short_key(home):
    (home / "tokens.key").write_bytes(b"short")


def truncated(home):
    path = home / "tokens.db"
    path.write_bytes(path.read_bytes()[:5000])


def overwritten_inside(home):
    path = home / "tokens.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


def not_a_database(home):
    (home / "tokens.db").write_bytes(b"{}" * 3000)


def somebody_elses(home):
    (home / "tokens.db").unlink()
    with closing(sqlite3.connect(home / "tokens.db")) as database:
        database.execute("CREATE TABLE t (x)")
    (home / "tokens.db").chmod(0o600)


def of_a_newer_version(home):
    with closing(sqlite3.connect(home / "tokens.db")) as database:
        database.execute("PRAGMA user_version = 99")


def test_damage_far_from_what_is_looked_at_first_is_found(home):
    with closing(open_home(home)) as store:
        for number in range(200):
            store.save(replace(RECORD, key=f"k{number}"))
    with (home / "tokens.db").open("r+b") as file:
        file.seek(-4096, 2)
        file.write(bytes(4096))
    with pytest.raises(AuthwrightError, match="damaged"):
        open_home(home)


@pytest.mark.parametrize(
    "spoil", [wrong_key, short_key, truncated, overwritten_inside, not_a_database, somebody_elses, of_a_newer_version]
)
def test_a_store_that_cannot_be_trusted_is_refused_and_left_as_it_is(home, spoil):
    with closing(open_home(home)) as store:
        store.save(RECORD)
    spoil(home)
    before = (home / "tokens.db").read_bytes(), (home / "tokens.key").read_bytes()
    with pytest.raises(AuthwrightError) as caught:
        open_home(home)
    assert (caught.value.code, bool(caught.value.hint)) == ("store_unusable", True)
    assert ((home / "tokens.db").read_bytes(), (home / "tokens.key").read_bytes()) == before


def test_a_store_that_cannot_be_written_says_so(home):
    with closing(open_home(home)) as store:
        store._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(AuthwrightError, match="readonly") as caught:
            store.save(RECORD)
    assert caught.value.code == "store_unusable"


def test_a_full_disk_says_so_and_keeps_what_was_there(home):
    with closing(open_home(home)) as store:
        store.save(RECORD)
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(AuthwrightError, match="full") as caught:
            store.save(replace(RECORD, token=Token(Secret("x" * 100_000))))
        assert (caught.value.code, store.load("k1")) == ("store_unusable", RECORD)


def test_it_is_durable_before_save_returns(home):
    with closing(open_home(home)) as store:
        pragmas = {name: store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


def test_a_copy_taken_at_any_moment_is_whole(home, tmp_path):
    with closing(open_home(home)) as store:
        store.save(RECORD)
        shutil.copytree(home, tmp_path / "copy")
    with closing(open_home(tmp_path / "copy")) as copy:
        assert copy.load("k1") == RECORD


def test_many_threads_write_at_once(home):
    with closing(open_home(home)) as one, closing(open_home(home)) as two:
        threads = [threading.Thread(target=lambda i=i: (one, two)[i % 2].save(replace(RECORD, key=f"k{i}"))) for i in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {record.key for record in one.records()} == {f"k{i}" for i in range(16)}


def test_a_store_that_an_earlier_program_wrote_is_read_with_both_generations_and_its_failure(home):
    home.mkdir(mode=0o700)
    (home / "tokens.key").touch(0o600)
    (home / "tokens.key").write_bytes(bytes(range(32)))
    (home / "tokens.db").touch(0o600)
    with closing(sqlite3.connect(home / "tokens.db")) as database:
        database.executescript((Path(__file__).parent / "version_2.sql").read_text("utf-8"))
    with closing(open_home(home)) as store:
        orders, shop = store.records()
        assert orders.token.refresh_token == Secret("second-refresh")
        assert (shop.token.cookies, shop.token.dpop_key, store.failure("k1").presented) == (
            Secret("[]"),
            Secret("{}"),
            Secret("refused-token"),
        )
    flip(home, ["sealed"], "k1")
    with closing(open_home(home)) as store:
        assert store.load("k1").token.refresh_token == Secret("first-refresh")


def test_a_save_that_fails_leaves_no_transaction_open(home):
    with closing(open_home(home)) as store, closing(open_home(home)) as another:
        store.save(RECORD)
        store._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(AuthwrightError):
            store.save(NEWER)
        assert not store._connection.in_transaction
        another.save(NEWER)
        assert store.load("k1") == NEWER
