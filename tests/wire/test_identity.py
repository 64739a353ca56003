"""A token's key depends on every parameter that obtains it, and on no other."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest

from authwright.parameters import param
from authwright.secret import Secret
from authwright.wire.identity import key_of, parameters_of, proof_of


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A grant with one parameter of each kind."""

    grant: ClassVar[str] = "sample"

    client_id: str = param("Who.", default="id")
    secret: Secret = param("Proof.", default=Secret("s"))
    lifetime: timedelta = param("How long.", default=timedelta(minutes=5))
    scope: tuple[str, ...] = param("For what.", default=())
    shown: str = param("Obtains nothing.", default="x", obtains=False)
    made: str = "not a parameter"


@dataclass(frozen=True, kw_only=True)
class Other(Sample):
    grant: ClassVar[str] = "other"


BASE = key_of(Sample())


@pytest.mark.parametrize(
    "changed",
    [Sample(client_id="x"), Sample(secret=Secret("x")), Sample(lifetime=timedelta(minutes=6)), Sample(scope=("a",)), Other()],
    ids=["a text", "a secret", "a duration", "a list", "another grant"],
)
def test_another_value_is_another_key(changed):
    assert key_of(changed) != BASE


@pytest.mark.parametrize("same", [Sample(), Sample(client_id="id"), Sample(shown="y"), Sample(made="z")])
def test_a_default_and_what_obtains_nothing_do_not_count(same):
    assert key_of(same) == BASE


def test_a_key_holds_no_secret_in_the_clear():
    assert "c4nary" not in key_of(Sample(secret=Secret("c4nary")))
    assert len(BASE) == 64


def test_a_proof_depends_on_every_parameter():
    """Also on those that obtain nothing: another client secret is another try."""
    assert len({proof_of(each) for each in (Sample(), Sample(shown="y"), Sample(secret=Secret("x")), Other())}) == 4
    assert proof_of(Sample()) == proof_of(Sample(made="z"))
    assert "c4nary" not in proof_of(Sample(secret=Secret("c4nary")))


def test_the_parameters_that_obtain_it_are_told_apart_without_being_shown():
    told = parameters_of(Sample(secret=Secret("c4nary"), scope=("a",), shown="y"))
    assert sorted(told) == ["grant", "scope", "secret"]
    assert "c4nary" not in str(told)
    assert told["secret"] != parameters_of(Sample(secret=Secret("other")))["secret"]
