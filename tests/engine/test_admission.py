"""What a client itself put in a credential's place is gone before its request is authorised, or there to learn from."""

from dataclasses import dataclass

import pytest
from tests.configurations import credential, ruleset

from authwright.engine.admission import admit
from authwright.message import Place, Request

MINE = Request.of("GET", "https://api.example.com/", [("Authorization", "mine"), ("Accept", "*/*")])


@dataclass(frozen=True)
class Placed:
    places: tuple[Place, ...]
    type: str = "placed"


def admitted(place):
    scheme = Placed((place,))
    cred = credential(scheme)
    cred.scheme()
    return admit(ruleset(cred).plan(MINE).rule, scheme, MINE).headers.fields


@pytest.mark.parametrize(
    ("place", "left"),
    [
        (Place("header", "Authorization"), (("Accept", "*/*"),)),
        (Place("header", "Authorization", learns=True), MINE.headers.fields),
    ],
)
def test_it_is_gone_unless_the_scheme_learns_from_it(place, left):
    assert admitted(place) == left
