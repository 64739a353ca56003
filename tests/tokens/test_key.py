"""Where the key of the store comes from, and what is said when it is not to be had."""

import base64
import os
import sys

import pytest

from authwright.errors import AuthwrightError
from authwright.secret import Secret
from authwright.tokens import key as module
from authwright.tokens.key import key_of
from authwright.tokens.stores.sqlite import SqliteStore

WORD = Secret("correct horse")


class Keyring:
    """A keyring that can be locked."""

    priority = 5

    def __init__(self):
        self.kept = {}
        self.locked = False

    def set_password(self, service, user, password):
        if self.locked:
            raise RuntimeError("locked")
        self.kept[service, user] = password

    def get_password(self, service, user):
        if self.locked:
            raise RuntimeError("locked")
        return self.kept.get((service, user))


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def ring():
    return Keyring()


def test_without_keyring_and_passphrase_the_file_holds_the_key(home):
    key = key_of(home)
    assert (key, key.source, (home / "tokens.key").read_bytes()) == (key_of(home), "file", key.value)


def test_a_keyring_holds_the_key_and_the_file_only_says_where(home, ring):
    key = key_of(home, keyring=lambda: ring)
    [(place, kept)] = ring.kept.items()
    assert (key, key.source) == (key_of(home, keyring=lambda: ring), "keyring")
    assert (place[0], base64.b64decode(kept)) == ("authwright", key.value)
    assert (home / "tokens.key").read_bytes() == b"keyring " + place[1].removeprefix("tokens ").encode()


def test_two_homes_have_two_keys_in_one_keyring(tmp_path, ring):
    keys = {key_of(tmp_path / name, keyring=lambda: ring).value for name in "ab"}
    assert (len(keys), len(ring.kept)) == (2, 2)


def test_a_keyring_that_stays_locked_as_the_store_is_made_is_none(home, ring):
    ring.locked = True
    assert key_of(home, keyring=lambda: ring).source == "file"


def test_a_store_that_has_its_key_in_a_file_never_asks_the_keyring(home):
    key_of(home)

    def asked():
        raise AssertionError("asked")

    assert key_of(home, keyring=asked).source == "file"


def test_a_passphrase_makes_the_key_and_nothing_of_it_is_kept(home, ring):
    key = key_of(home, WORD, lambda: ring)
    assert (key, key.source, ring.kept) == (key_of(home, WORD), "passphrase", {})
    content = (home / "tokens.key").read_bytes()
    assert [word for word in (key.value, WORD.reveal().encode()) if word in content] == []


def test_the_same_passphrase_makes_another_key_elsewhere(tmp_path):
    assert key_of(tmp_path / "a", WORD).value != key_of(tmp_path / "b", WORD).value


def passphrase(home, ring):
    key_of(home, WORD)


def in_the_keyring(home, ring):
    key_of(home, keyring=lambda: ring)


def removed_from_the_keyring(home, ring):
    in_the_keyring(home, ring)
    ring.kept.clear()


def behind_a_locked_keyring(home, ring):
    in_the_keyring(home, ring)
    ring.locked = True


def in_a_file(home, ring):
    key_of(home)


@pytest.mark.parametrize(
    ("made", "given", "has_ring", "sentence"),
    [
        (passphrase, None, True, "is locked with a passphrase."),
        (in_a_file, WORD, True, "was made without a passphrase, and AUTHWRIGHT_PASSPHRASE is set."),
        (in_the_keyring, WORD, True, "was made without a passphrase, and AUTHWRIGHT_PASSPHRASE is set."),
        (in_the_keyring, None, False, "is in the keyring, and there is no keyring here."),
        (removed_from_the_keyring, None, True, "is in the keyring, which no longer has it."),
        (behind_a_locked_keyring, None, True, "is in the keyring, which cannot be read (RuntimeError)."),
    ],
)
def test_a_key_that_is_not_to_be_had_is_said_so_and_no_other_is_made(home, ring, made, given, has_ring, sentence):
    made(home, ring)
    before = (home / "tokens.key").read_bytes()
    with pytest.raises(AuthwrightError) as caught:
        key_of(home, given, lambda: ring if has_ring else None)
    assert (caught.value.code, caught.value.message.endswith(sentence)) == ("store_unusable", True), caught.value.message
    assert (bool(caught.value.hint), (home / "tokens.key").read_bytes()) == (True, before)


@pytest.mark.parametrize(
    ("source", "hint"), [("passphrase", "Set the right passphrase"), ("file", "Put the right tokens.key back")]
)
def test_a_wrong_key_says_what_to_put_right(home, source, hint):
    given = WORD if source == "passphrase" else None
    SqliteStore(home / "tokens.db", key_of(home, given)).close()
    if source == "file":
        (home / "tokens.key").write_bytes(os.urandom(32))
    with pytest.raises(AuthwrightError, match="another key") as caught:
        SqliteStore(home / "tokens.db", key_of(home, Secret("wrong") if given else None))
    assert caught.value.hint.startswith(hint)


def test_a_key_does_not_show_itself(home):
    key = key_of(home)
    assert repr(key) == "Key(file)"


@pytest.mark.parametrize(("priority", "there"), [(5, True), (1, True), (0.5, False), (0, False)])
def test_a_keyring_that_is_only_a_file_or_only_fails_is_none(monkeypatch, priority, there):
    class Package:
        @staticmethod
        def get_keyring():
            ring = Keyring()
            ring.priority = priority
            return ring

    monkeypatch.setitem(sys.modules, "keyring", Package)
    assert (module.system_keyring() is not None) == there


def test_without_the_package_there_is_no_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert module.system_keyring() is None
