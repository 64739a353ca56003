"""The parts of an OAuth 1.0 signature, against the tables that others published."""

import json
from pathlib import Path

import pytest

from authwright.message import Request
from authwright.parameters import ParameterError
from authwright.secret import Secret
from authwright.wire import oauth_signature
from authwright.wire.percent import percent_encode

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "oauth1.json").read_text("utf-8"))
SIGNED = VECTORS["signatures_over_base_string"]


@pytest.mark.parametrize(("text", "encoded"), VECTORS["percent_encoding"])
def test_percent_encoding_is_rfc_3986s(text, encoded):
    assert percent_encode(text) == encoded


@pytest.mark.parametrize("case", VECTORS["body_hash_sha1"], ids=lambda case: case["source"])
def test_a_body_hash_is_the_drafts(case):
    assert oauth_signature.body_hash("HMAC-SHA1", case["body"].encode()) == case["hash"]


@pytest.mark.parametrize("case", VECTORS["hmac_primitive"], ids=lambda case: case["token_secret"] or "no token")
def test_the_key_is_both_secrets(case):
    key = oauth_signature.shared_key(Secret(case["consumer_secret"]), Secret(case["token_secret"]))
    assert oauth_signature.hmac_signature("HMAC-SHA1", key, case["base"]) == case["signature"]


@pytest.mark.parametrize("method", SIGNED["signatures"])
def test_each_method_signs_the_base_string_as_published(method):
    key = oauth_signature.shared_key(Secret(SIGNED["consumer_secret"]), Secret(SIGNED["token_secret"]))
    if method.startswith("RSA"):
        rsa = oauth_signature.rsa_key("private_key", Secret(SIGNED["rsa_private_key"]))
        found = oauth_signature.rsa_signature(method, rsa, SIGNED["base_string"])
    else:
        found = key if method == "PLAINTEXT" else oauth_signature.hmac_signature(method, key, SIGNED["base_string"])
    assert found == SIGNED["signatures"][method]


@pytest.mark.parametrize("case", [case for case in VECTORS["cases"] if "needs" in case], ids=lambda case: case["id"])
def test_a_request_whose_body_is_not_known_has_the_base_string_that_was_published(case):
    parameters = {name: value for name, value in case["expect"]["authorization"]["params"].items() if name != "oauth_signature"}
    request = Request.of(case["request"]["method"], case["request"]["url"])
    base = oauth_signature.base_string(request, "", parameters.items())
    key = oauth_signature.shared_key(Secret(case["auth"]["consumer_secret"]), Secret(""))
    signature = case["expect"]["authorization"]["params"]["oauth_signature"]
    assert (base, oauth_signature.hmac_signature("HMAC-SHA1", key, base)) == (case["expect"]["notes"][0], signature)


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("HTTP://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("https://example.com", "https://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("http://[::1]/a", "http://[::1]/a"),
        ("http://example.com./a", "http://example.com./a"),
    ],
)
def test_the_base_string_uri_is_of_the_host_that_is_sent(url, uri):
    assert oauth_signature.base_string_uri(Request.of("GET", url)) == uri


@pytest.mark.parametrize("pem", ["no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_a_key_that_is_none_is_refused_by_the_parameters_name(pem):
    with pytest.raises(ParameterError) as caught:
        oauth_signature.rsa_key("private_key", Secret(pem))
    assert caught.value.name == "private_key"


def test_the_method_is_signed_in_upper_case():
    assert oauth_signature.base_string(Request.of("patch", "http://a/"), "", ()) == "PATCH&http%3A%2F%2Fa%2F&"
