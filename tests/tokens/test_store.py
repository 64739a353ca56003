"""What both stores promise, and what the one on disk promises beyond."""

import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authwright.errors import AuthwrightError, TokenEndpointError
from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.backoff import Failure
from authwright.tokens.cipher import Cipher, WrongKey
from authwright.tokens.codec import decode, encode
from authwright.tokens.filelock import locked
from authwright.tokens.key import key_of
from authwright.tokens.memory import MemoryStore
from authwright.tokens.sqlite import SqliteStore
from authwright.tokens.store import Label, Record

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
LABEL = Label("orders", "dev", "client_credentials", "idp.example:8443")
TOKEN = Token(
    Secret("the-access-token"), NOW + timedelta(hours=1), NOW, Secret("the-refresh-token"), "bearer", "a b", Secret("x.y.z")
)
RECORD = Record("k1", LABEL, TOKEN, last_used=NOW)


def open_home(home):
    return SqliteStore(home / "tokens.db", key_of(home))


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture(params=["memory", "sqlite"])
def store(request, home):
    made = MemoryStore() if request.param == "memory" else open_home(home)
    with closing(made):
        yield made


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


def test_a_lock_that_is_never_released_is_given_up(tmp_path):
    with locked(tmp_path / "l"), pytest.raises(AuthwrightError) as caught, locked(tmp_path / "l", longest_wait=0.05):
        pass
    assert caught.value.code == "store_busy"


MOMENTS = st.none() | st.datetimes(timezones=st.sampled_from((UTC, timezone(timedelta(hours=-3, minutes=-30)))))
SECRETS = st.text(min_size=1).map(Secret)
TOKENS = st.builds(Token, SECRETS, MOMENTS, MOMENTS, st.none() | SECRETS, st.text(), st.text(), st.none() | SECRETS)


@given(TOKENS)
def test_every_token_survives_its_encoding(token):
    assert decode(encode(token)) == token


@settings(deadline=None, max_examples=40)
@given(TOKENS, MOMENTS, st.text(st.characters(codec="utf-8")))
def test_every_record_survives_the_disk(tmp_path_factory, token, moment, credential):
    record = Record("k", replace(LABEL, credential=credential), token, moment, moment)
    home = tmp_path_factory.mktemp("store") / "home"
    with closing(open_home(home)) as store:
        store.save(record)
    with closing(open_home(home)) as store:
        assert store.load("k") == record


FAILURE = Failure(TokenEndpointError("no", error="invalid_grant", code="grant_invalid"), NOW, 2, Secret("refused-token"))


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


def flip(home, columns):
    """Change a bit in the middle of values of the one record."""
    with closing(sqlite3.connect(home / "tokens.db")) as database, database:
        for column in columns:
            [(sealed,)] = database.execute(f"SELECT {column} FROM tokens").fetchall()
            changed = bytearray(sealed)
            changed[len(changed) // 2] ^= 1
            database.execute(f"UPDATE tokens SET {column} = ?", (bytes(changed),))


NEWER = replace(RECORD, token=replace(TOKEN, refresh_token=Secret("newer"), obtained_at=NOW + timedelta(hours=1)))


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


@pytest.mark.parametrize("position", [0, 5, 11, 12, 20, -1])
def test_one_changed_bit_is_found(position):
    cipher = Cipher(bytes(32))
    sealed = bytearray(cipher.encrypt(b"a value of some length", "r"))
    sealed[position] ^= 1
    with pytest.raises(WrongKey):
        cipher.decrypt(bytes(sealed), "r")


def test_equal_values_are_encrypted_differently():
    cipher = Cipher(bytes(32))
    assert len({cipher.encrypt(b"v", "r") for _ in range(100)}) == 100


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
