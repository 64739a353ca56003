"""Client authentication against RFC 6749 section 2.3.1 and its appendix B."""

import json
from pathlib import Path

import pytest

from authwright.grants.client_auth import client_auth
from authwright.secret import Secret

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "basic.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", [case for case in VECTORS if case.get("form_encode_first")], ids=lambda case: case["name"])
def test_basic_encodes_id_and_secret_as_a_form_first(case):
    proof = client_auth("client_secret_basic", case["username"], Secret(case["password"]))
    assert (proof.headers, proof.body) == ((("Authorization", case["expected"]),), ())


@pytest.mark.parametrize(
    ("method", "body"),
    [("client_secret_post", (("client_id", "id"), ("client_secret", "s"))), ("none", (("client_id", "id"),))],
)
def test_other_methods_stand_in_the_body(method, body):
    proof = client_auth(method, "id", Secret("s") if method != "none" else None)
    assert (proof.headers, proof.body) == ((), body)
