"""Proof Key for Code Exchange (RFC 7636), by the example of its appendix B."""

import json
from pathlib import Path

import pytest
from tests.ambients import Clock

from authwright.grants.pkce import check_verifier, code_challenge, proof_of
from authwright.parameters import ParameterError
from authwright.secret import Secret

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "pkce.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["method"])
def test_the_published_challenge_comes_of_the_published_verifier(case):
    proof = proof_of(case["method"], Secret(case["code_verifier"]), Clock(chance="nonce"))
    assert proof.challenge == (("code_challenge", case["code_challenge"]), ("code_challenge_method", case["method"]))
    assert proof.verifier == (("code_verifier", case["code_verifier"]),)


def test_a_fresh_verifier_is_as_long_as_the_standard_wants():
    [(_, verifier)] = proof_of("S256", None, Clock(chance="nonce")).verifier
    assert verifier == "nonce" * 9
    assert dict(proof_of("S256", None, Clock(chance="nonce")).challenge)["code_challenge"] == code_challenge(verifier)


def test_off_sends_nothing():
    assert proof_of("off", None, Clock(chance="nonce")) == ((), ())


@pytest.mark.parametrize(
    ("pkce", "verifier", "says"),
    [
        ("S256", "short", "43 to 128"),
        ("S256", "v" * 129, "43 to 128"),
        ("plain", "v" * 42 + "ä", "43 to 128"),
        ("off", "v" * 43, "pkce: off sends no code_verifier"),
    ],
)
def test_a_verifier_that_no_server_takes_is_refused_at_load(pkce, verifier, says):
    with pytest.raises(ParameterError, match=says) as caught:
        check_verifier(pkce, Secret(verifier))
    assert verifier not in str(caught.value)
