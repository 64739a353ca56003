"""A credential's secrets are read once, when it is first used; a failure is not kept."""

import contextlib
import threading

import pytest

from authwright.errors import SecretError
from authwright.rules.rule import Credential, Prepared
from authwright.schemes.bearer import Bearer
from authwright.secret import Secret

SCHEME = Bearer(token=Secret("c4nary"))
PREPARED = Prepared(SCHEME, frozenset(("c4nary",)))


def credential(build, name="api"):
    return Credential(name=name, type="bearer", hosts=(), build=build)


def test_the_secrets_are_read_once_also_for_many_threads():
    reads, entered, met = [], threading.Barrier(4), threading.Barrier(2)

    def build():
        reads.append(1)
        with contextlib.suppress(threading.BrokenBarrierError):
            met.wait(0.5)  # a second thread that reads at the same time would meet this one here
        return PREPARED

    made = credential(build)

    def use():
        entered.wait()
        assert made.scheme() is SCHEME

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reads == [1]


def test_it_is_ready_and_its_secrets_are_hidden_once_they_were_read():
    made = credential(lambda: PREPARED)
    assert (made.ready, made.redactor.redact("c4nary")) == (False, "c4nary")
    made.scheme()
    assert (made.ready, made.redactor.redact("c4nary")) == (True, "<hidden>")


def test_a_failure_is_not_kept():
    outcomes = iter([SecretError("not yet"), PREPARED])

    def build():
        if isinstance(outcome := next(outcomes), Exception):
            raise outcome
        return outcome

    made = credential(build)
    with pytest.raises(SecretError):
        made.scheme()
    assert made.scheme() is SCHEME


def test_a_prepared_scheme_is_taken_without_reading():
    made = credential(lambda: pytest.fail("it was read"))
    made.prepare(PREPARED)
    assert made.scheme() is SCHEME


@pytest.mark.parametrize(("name", "shown"), [("api", "Credential('api', bearer)"), ("", "Credential('inline', bearer)")])
def test_a_repr_shows_no_secret(name, shown):
    made = credential(lambda: PREPARED, name)
    made.scheme()
    assert repr(made) == shown
