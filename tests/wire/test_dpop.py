"""Proofs of possession against RFC 9449's own, and against joserfc."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.ambients import Clock

from authwright.message import Headers, Request, Response
from authwright.secret import Secret
from authwright.wire import dpop

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "dpop.json").read_text("utf-8"))["cases"]


def published(payload):
    """The published proof's time and identifier."""
    return Clock(datetime.fromtimestamp(payload["iat"], UTC), payload["jti"])


class Chance:
    """Another nonce each time."""

    def __init__(self):
        self.count = 0

    def nonce(self):
        self.count += 1
        return f"nonce-{self.count}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_proof_claims_what_the_published_one_does(case):
    key = dpop.new_key(Chance())
    token = Secret(case["access_token"]) if "access_token" in case else None
    request = Request.of(case["payload"]["htm"], case["payload"]["htu"] + "?query=is-not-signed")
    found = jwt.decode(
        dpop.proof(key, request, published(case["payload"]), access_token=token), public(key), algorithms=["ES256"]
    )
    jwk = {name: json.loads(key.reveal())[name] for name in ("kty", "crv", "x", "y")}
    assert (found.claims, found.header) == (case["payload"], {**case["header"], "jwk": jwk})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_published_key_is_the_one_that_its_thumbprint_names(case):
    assert ECKey.import_key(case["header"]["jwk"]).thumbprint() == case["jkt"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_published_proof_is_read_as_ours_are(case):
    expected = ".".join(json.dumps(part, separators=(",", ":")) for part in (case["header"], case["payload"]))
    assert dpop.shown(case["proof"]) == expected


def public(key):
    return ECKey.import_key({name: value for name, value in json.loads(key.reveal()).items() if name != "d"})


def test_a_nonce_goes_into_the_proof():
    key = dpop.new_key(Chance())
    proof = dpop.proof(key, Request.of("GET", "https://api.example/x"), Clock(), nonce="n")
    assert jwt.decode(proof, public(key), algorithms=["ES256"]).claims["nonce"] == "n"


def test_the_private_part_stays_at_home():
    key = dpop.new_key(Chance())
    proof = dpop.proof(key, Request.of("GET", "https://api.example/x"), Clock())
    shown = dpop.shown(proof)
    assert json.loads(key.reveal())["d"] not in proof + shown
    assert '"typ":"dpop+jwt"' in shown


def test_each_key_is_another_one():
    chance = Chance()
    assert len({dpop.new_key(chance).reveal() for _ in range(10)}) == 10


def test_a_key_is_made_of_the_chance_it_is_handed():
    assert dpop.new_key(Chance()) == dpop.new_key(Chance())


CHALLENGE = 'DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"'
BODY = b'{"error":"use_dpop_nonce"}'


@pytest.mark.parametrize(
    ("response", "nonce"),
    [
        (Response(401, Headers.of([("WWW-Authenticate", CHALLENGE), ("DPoP-Nonce", "n")])), "n"),
        (Response(401, Headers.of([("WWW-Authenticate", "Basic"), ("WWW-Authenticate", CHALLENGE), ("DPoP-Nonce", "n")])), "n"),
        (Response(400, Headers.of([("DPoP-Nonce", "n")]), BODY), "n"),
        (Response(401, Headers.of([("WWW-Authenticate", 'DPoP error="invalid_token"'), ("DPoP-Nonce", "n")])), ""),
        (Response(401, Headers.of([("WWW-Authenticate", CHALLENGE)])), ""),
        (Response(400, Headers.of([("DPoP-Nonce", "n")]), b'{"error":"invalid_grant"}'), ""),
        (Response(200, Headers.of([("DPoP-Nonce", "n")]), BODY), ""),
    ],
)
def test_a_nonce_is_wanted_where_the_server_says_so_and_gives_one(response, nonce):
    assert dpop.wanted_nonce(response) == nonce
