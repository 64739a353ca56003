"""The operating system's keyring holds a secret for a service and a user."""

import sys

import pytest
from tests.sources.values import ENVIRONMENT, keyring_of, value

from authwright.errors import SecretError
from authwright.sources.reader import Sources


@pytest.fixture
def sources():
    return Sources(ENVIRONMENT)


def test_the_keyring_is_asked_for_service_and_user(monkeypatch, sources):
    asked = []
    monkeypatch.setitem(sys.modules, "keyring", keyring_of(lambda *names: asked.append(names) or "s3cret"))

    assert [sources.resolve(value("${keyring:a/b/user}")) for _ in range(2)] == ["s3cret"] * 2
    assert asked == [("a/b", "user")]


def test_a_keyring_that_has_nothing_or_fails_says_what_to_type(monkeypatch, sources):
    def fail(*names):
        raise RuntimeError("hunter2")

    for keyring, message, hint in (
        (keyring_of(lambda *names: None), "the keyring has nothing for a/b", "keyring set a b"),
        (keyring_of(fail), "the keyring cannot be read (RuntimeError)", "unlock it, or look with: keyring diagnose"),
        (None, "the package that reads the keyring is not installed", 'pip install "authwright[keyring]"'),
    ):
        monkeypatch.setitem(sys.modules, "keyring", keyring)
        with pytest.raises(SecretError) as caught:
            sources.resolve(value("${keyring:a/b}"))
        assert (caught.value.message, caught.value.hint) == (message, hint)


def test_an_empty_entry_is_no_secret(monkeypatch, sources):
    monkeypatch.setitem(sys.modules, "keyring", keyring_of(lambda *names: ""))
    with pytest.raises(SecretError, match="what the keyring has for a/b is empty"):
        sources.resolve(value("${keyring:a/b}"))
