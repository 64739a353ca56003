"""An assertion says who asks whom, for how long, and is signed with the key's own algorithm (RFC 7523 section 3)."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import import_key
from tests.ambients import NOON, Clock
from tests.grants.keys import KEYS, PEMS

from authwright.grants.assertion import Assertion
from authwright.secret import Secret

AUDIENCE = "https://as.example/token"
NOW = int(NOON.timestamp())


def assertion(key="p256", **changes):
    parts = {"issuer": "i", "subject": "", "key": Secret(PEMS[key]), "key_id": "", "lifetime": timedelta(minutes=5), "claims": {}}
    return Assertion(**parts | changes)


def read(made, key, algorithm):
    found = jwt.decode(made.reveal(), import_key(PEMS[key], KEYS[key]), algorithms=[algorithm])
    return found.header, found.claims


@pytest.mark.parametrize(("key", "algorithm"), [("rsa", "RS256"), ("p256", "ES256"), ("p384", "ES384"), ("p521", "ES512")])
def test_the_key_chooses_the_algorithm(key, algorithm):
    header, claims = read(assertion(key).signed(AUDIENCE, Clock()), key, algorithm)
    assert header == {"typ": "JWT", "alg": algorithm}
    assert claims == {"iss": "i", "aud": AUDIENCE, "iat": NOW, "exp": NOW + 300, "jti": "n0nce"}


def test_subject_and_key_identifier_stand_in_it_when_given():
    header, claims = read(assertion(subject="s", key_id="k").signed(AUDIENCE, Clock()), "p256", "ES256")
    assert (header["kid"], claims["sub"]) == ("k", "s")


def test_given_claims_replace_generated_ones():
    made = assertion(subject="s", claims={"sub": "own", "aud": "other", "scope": "a"}).signed(AUDIENCE, Clock())
    _, claims = read(made, "p256", "ES256")
    assert (claims["sub"], claims["aud"], claims["scope"]) == ("own", "other", "a")
