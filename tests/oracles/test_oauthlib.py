"""oauthlib signs the same requests to the same signatures, with every method and in every place."""

import json
from functools import cache
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib import oauth1
from tests.ambients import Clock
from tests.oracles.generated import PAIRS, TEXTS, THOUSAND, TIMES, TOKENS, request_of, sent, urls
from tests.schemes.test_jwt import RSA_KEY, pem

from authwright.schemes.oauth1 import OAuth1
from authwright.secret import Secret
from authwright.wire import oauth_signature
from authwright.wire.challenge import challenges

pytestmark = pytest.mark.timeout(600)
FORM = "application/x-www-form-urlencoded"
METHODS = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"]
PEM = pem(RSA_KEY)


@pytest.fixture(autouse=True, scope="module")
def key_is_parsed_once():
    """Parsing a key costs a hundred times what signing with it does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oauth_signature, "rsa_key", cache(oauth_signature.rsa_key))
        yield


CLIENTS = st.fixed_dictionaries(
    {
        "signature_method": st.sampled_from(METHODS),
        "consumer_key": TEXTS.filter(str.strip),
        "consumer_secret": TEXTS,
        "token": TEXTS.filter(str.strip) | st.just(""),
        "token_secret": TEXTS,
        "callback": st.sampled_from(["", "oob", "https://client.example/cb?a=1"]),
        "verifier": st.just("") | TOKENS,
        "timestamp": TIMES.map(str),
        "nonce": TOKENS,
    }
)


def ours(parameters, placement, request):
    secret = {name: Secret(parameters[name]) for name in ("consumer_secret", "token_secret")}
    return sent(OAuth1(**parameters | secret, private_key=PEM, placement=placement), request, Clock())


def theirs(parameters, signature_type, method, url, body, headers):
    client = oauth1.Client(
        parameters["consumer_key"],
        client_secret=parameters["consumer_secret"],
        resource_owner_key=parameters["token"] or None,
        resource_owner_secret=parameters["token_secret"],
        callback_uri=parameters["callback"] or None,
        verifier=parameters["verifier"] or None,
        signature_method=parameters["signature_method"],
        rsa_key=RSA_KEY,
        timestamp=parameters["timestamp"],
        nonce=parameters["nonce"],
        signature_type=signature_type,
    )
    return client.sign(url, method, body, headers)


def in_header(value):
    [found] = challenges(request_of("GET", "http://x/", [("Authorization", value)]).headers, "Authorization")
    return {name: unquote(text) for name, text in found.parameters.items()}


@THOUSAND
@given(CLIENTS, st.sampled_from(["GET", "DELETE", "HEAD"]), urls())
def test_a_request_without_a_body_is_signed_alike_in_header_and_query(parameters, method, url):
    request = request_of(method, url)
    host = {"Host": request.authority}
    _, headers, _ = theirs(parameters, oauth1.SIGNATURE_TYPE_AUTH_HEADER, method, url, None, host)
    assert in_header(ours(parameters, "header", request).headers.get("Authorization")) == in_header(headers["Authorization"])
    uri, _, _ = theirs(parameters, oauth1.SIGNATURE_TYPE_QUERY, method, url, None, host)
    found = ours(parameters, "query", request)
    assert found.target.startswith(request.target)
    assert sorted(parse_qsl(found.query, True)) == sorted(parse_qsl(uri.partition("?")[2], True))


@THOUSAND
@given(CLIENTS, st.sampled_from(["POST", "PUT", "PATCH"]), urls(), PAIRS.filter(bool).map("&".join))
def test_a_form_is_signed_alike_in_header_and_body(parameters, method, url, form):
    request = request_of(method, url, [("Content-Type", FORM)], form.encode())
    host = {"Host": request.authority, "Content-Type": FORM}
    _, headers, _ = theirs(parameters, oauth1.SIGNATURE_TYPE_AUTH_HEADER, method, url, form, host)
    assert in_header(ours(parameters, "header", request).headers.get("Authorization")) == in_header(headers["Authorization"])
    _, _, body = theirs(parameters, oauth1.SIGNATURE_TYPE_BODY, method, url, form, host)
    found = ours(parameters, "body", request)
    assert found.body.startswith(request.body)
    assert sorted(parse_qsl(found.body.decode(), True)) == sorted(parse_qsl(body, True))


@THOUSAND
@given(CLIENTS, st.sampled_from(["HMAC-SHA1", "RSA-SHA1"]), urls(), TEXTS.map(lambda text: json.dumps({"text": text})))
def test_a_body_is_hashed_alike(parameters, method, url, body):
    parameters = parameters | {"signature_method": method, "callback": "", "verifier": ""}
    request = request_of("POST", url, [("Content-Type", "application/json")], body.encode())
    host = {"Host": request.authority, "Content-Type": "application/json"}
    _, headers, _ = theirs(parameters, oauth1.SIGNATURE_TYPE_AUTH_HEADER, "POST", url, body, host)
    found = ours(parameters | {"body_hash": True}, "header", request)
    assert in_header(found.headers.get("Authorization")) == in_header(headers["Authorization"])
