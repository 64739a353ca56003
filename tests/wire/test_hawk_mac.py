"""Hawk's codes are those of its README: a GET, a POST with its payload, and a bewit."""

import base64
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from authwright.message import Request
from authwright.secret import Secret
from authwright.wire.hawk_mac import Artifacts, code, normalized, payload_hash, proves

BEWITS = json.loads((Path(__file__).parents[1] / "vectors" / "hawk.json").read_text("utf-8"))["bewit"]
KEY = Secret("werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn")
GET = Request.of("GET", "http://example.com:8000/resource/1?b=1&a=2")
POST = Request.of("POST", "http://example.com:8000/resource/1?b=1&a=2", body=b"Thank you for flying Hawk")
HASH = "Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY="
README = {"ts": "1353832234", "nonce": "j4h3g2", "ext": "some-app-ext-data"}


@pytest.mark.parametrize(
    ("request_", "hashed", "expected"),
    [(GET, "", "6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="), (POST, HASH, "aSe1DERmZuRl3pI36/9BdZmnErTw3sNzOOAUlfeKjVw=")],
    ids=["GET", "POST"],
)
def test_the_code_of_a_request_is_the_published_one(request_, hashed, expected):
    text = normalized("header", Artifacts.of(request_, **README, hash=hashed))
    assert code(KEY, "sha256", text) == expected
    assert proves(KEY, "sha256", text, expected)
    assert not proves(Secret("other"), "sha256", text, expected)
    assert not proves(KEY, "sha256", text, "\udcff")


def test_the_payload_hash_is_the_published_one():
    assert payload_hash("sha256", "text/plain", POST.body) == HASH


@pytest.mark.parametrize("case", BEWITS, ids=lambda case: case["url"])
def test_the_code_of_a_bewit_is_the_published_one(case):
    who, end = case["credentials"], str(case["exp"])
    request = Request.of("GET", case["url"])
    assert urlsplit(case["url"]).scheme == request.origin.scheme
    text = normalized("bewit", Artifacts.of(request, ts=end, nonce="", ext=case.get("ext") or ""))
    mac = code(Secret(who["key"]), who["algorithm"], text)
    bewit = "\\".join((who["id"], end, mac, case.get("ext") or ""))
    assert base64.urlsafe_b64encode(bewit.encode()).decode().rstrip("=") == case["expected_bewit"]


def test_a_backslash_in_ext_is_escaped_and_dlg_stands_only_beside_app():
    artifacts = Artifacts.of(GET, ts="1", nonce="n", ext="a\\b", dlg="d")
    assert normalized("header", artifacts).endswith("\n8000\n\na\\\\b\n")
    assert normalized("header", artifacts._replace(app="p")).endswith("\na\\\\b\np\nd\n")
