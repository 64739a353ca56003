"""A token endpoint may be broken or hostile: what becomes a token, and what one sentence says of all else."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ambients import Clock
from tests.grants.authorization_server import JSON

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.answer import EndpointAnswer
from authwright.grants.token_response import token_of
from authwright.message import Headers, Response
from authwright.secret import Redactor, Secret

NOW = Clock().now()
HTML = Headers.of([("Content-Type", "text/html; charset=utf-8")])
GOOD = {"access_token": "a", "token_type": "Bearer"}


def read(status=200, body=b"", headers=JSON, secrets=("s3cret value",)):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    response = Response(status, headers, body)
    return token_of(
        EndpointAnswer(response, "https://as.example/token", "client_credentials", "client_secret_basic", Redactor(secrets)), NOW
    )


def error_of(*args, **kwargs):
    with pytest.raises(TokenEndpointError) as caught:
        read(*args, **kwargs)
    return caught.value


MALFORMED = {
    "an HTML page": b"<html>Sign in</html>",
    "nothing": b"",
    "an array": b'["access_token"]',
    "a string": b'"token"',
    "null": b"null",
    "half an object": b'{"access_token": "a"',
    "something after the object": b'{"access_token":"a","token_type":"Bearer"} x',
    "invalid UTF-8": b'{"access_token":"\xff","token_type":"Bearer"}',
    "a form": b"access_token=a&token_type=bearer",
    "a name twice": b'{"access_token":"a","access_token":"b","token_type":"Bearer"}',
    "a hundred thousand brackets": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "NaN": b'{"access_token":"a","token_type":"Bearer","expires_in":NaN}',
    "Infinity": b'{"access_token":"a","token_type":"Bearer","expires_in":Infinity}',
    "a number of 5000 digits": b'{"access_token":"a","token_type":"Bearer","expires_in":' + b"9" * 5000 + b"}",
    "no access_token": {"token_type": "Bearer"},
    "an empty access_token": {**GOOD, "access_token": ""},
    "an access_token of null": {**GOOD, "access_token": None},
    "an access_token that is a number": {**GOOD, "access_token": 5},
    "an access_token that is an object": {**GOOD, "access_token": {"a": 1}},
    "CR LF in the access_token": {**GOOD, "access_token": "a\r\nX-Evil: 1"},
    "a line feed at its end": {**GOOD, "access_token": "a\n"},
    "NUL in the access_token": {**GOOD, "access_token": "a\0"},
    "a space in the access_token": {**GOOD, "access_token": "a b"},
    "an access_token outside ASCII": {**GOOD, "access_token": "ä"},
    "a refresh_token that is a list": {**GOOD, "refresh_token": ["r"]},
    "CR in the refresh_token": {**GOOD, "refresh_token": "r\r"},
    "an id_token that is a number": {**GOOD, "id_token": 1},
    "token_type mac": {**GOOD, "token_type": "mac"},
    "token_type DPoP": {**GOOD, "token_type": "DPoP"},
    "a token_type that is a list": {**GOOD, "token_type": ["Bearer"]},
    "expires_in abc": {**GOOD, "expires_in": "abc"},
    "expires_in true": {**GOOD, "expires_in": True},
    "expires_in as a list": {**GOOD, "expires_in": [3600]},
    "expires_in nan as a string": {**GOOD, "expires_in": "nan"},
    "a scope that is an object": {**GOOD, "scope": {}},
    "an escape in the scope": {**GOOD, "scope": "\x1b[2J"},
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_no_token_is_made_of(body):
    error = error_of(body=body)
    assert (error.code, error.status) == ("token_endpoint_malformed", 200)
    assert error.message.startswith("https://as.example/token answered 200 (application/json), and that is not a token: ")
    assert error.message.isprintable()
    assert error.hint


ENDS = [
    (3600, timedelta(hours=1)),
    ("3600", timedelta(hours=1)),
    (0.5, timedelta(seconds=0.5)),
    ("1e3", timedelta(seconds=1000)),
    (0, timedelta(0)),
    (-1, timedelta(0)),
    ("-1", timedelta(0)),
    (-1e308, timedelta(0)),
    (1e308, timedelta(days=3650)),
    ("1e999", timedelta(days=3650)),
    (10**30, timedelta(days=3650)),
    (3650 * 86400, timedelta(days=3650)),
]


@pytest.mark.parametrize(("expires_in", "lifetime"), ENDS, ids=str)
def test_expires_in_is_read_as(expires_in, lifetime):
    token, _ = read(body={**GOOD, "expires_in": expires_in})
    assert token.expires_at == NOW + lifetime


@pytest.mark.parametrize("body", [GOOD, {**GOOD, "expires_in": None}])
def test_without_expires_in_the_end_is_unknown(body):
    assert read(body=body)[0].expires_at is None


@pytest.mark.parametrize("token_type", ["Bearer", "bearer", "BEARER", "BearerToken", None])
def test_a_token_type_that_means_bearer_is_taken(token_type):
    assert read(body={**GOOD, "token_type": token_type})[0] == Token(Secret("a"), None, NOW, token_type=token_type or "Bearer")


def test_everything_that_came_along_is_kept():
    members = {**GOOD, "refresh_token": "r r", "id_token": "x.y.z", "scope": ["a", "b"], "unknown": {"x": [1]}}
    assert read(body=members)[0] == Token(Secret("a"), None, NOW, Secret("r r"), "Bearer", "a b", Secret("x.y.z"))


def test_a_byte_order_mark_is_no_reason_to_refuse():
    assert read(body=b"\xef\xbb\xbf" + json.dumps(GOOD).encode())[0].access_token == Secret("a")


REFUSALS = [
    (401, {"error": "invalid_client"}, "token_endpoint_refused", "401 (application/json): invalid_client."),
    (400, {"error": "invalid_scope", "error_description": "no x"}, "token_endpoint_refused", "invalid_scope, “no x”."),
    (400, {"error": "invalid_grant"}, "grant_invalid", "400 (application/json): invalid_grant."),
    (200, {"error": "bad_verification_code"}, "token_endpoint_refused", "200 (application/json): bad_verification_code."),
    (400, {"error": ["x"]}, "token_endpoint_refused", "400 (application/json) without an OAuth error."),
    (404, b"<html>", "token_endpoint_refused", "404 (application/json) without an OAuth error."),
    (403, {"error": "temporarily_unavailable"}, "token_endpoint_unavailable", "temporarily_unavailable."),
    (429, b"slow down", "token_endpoint_unavailable", "429 (application/json) without an OAuth error."),
    (500, b"", "token_endpoint_unavailable", "500 (application/json) without an OAuth error."),
    (503, {"error": "invalid_client"}, "token_endpoint_unavailable", "503 (application/json): invalid_client."),
    (101, b"", "token_endpoint_malformed", "101 (application/json) without an OAuth error."),
    (401, b"[" * 100_000, "token_endpoint_refused", "401 (application/json) without an OAuth error."),
]


@pytest.mark.parametrize(("status", "body", "code", "sentence"), REFUSALS)
def test_a_refusal_says_what_the_server_did_and_who_must_act(status, body, code, sentence):
    error = error_of(status, body)
    assert (error.code, error.status) == (code, status)
    assert error.message.endswith(sentence)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_named_and_never_followed(status):
    headers = Headers.of([("Location", "https://evil.example/x?code=1\x1b")])
    error = error_of(status, headers=headers)
    assert error.message == (
        f"https://as.example/token answered {status} (no content type), a redirect to https://evil.example/x, which is never followed."
    )


def test_a_token_in_an_error_status_is_none():
    assert error_of(400, GOOD).code == "token_endpoint_refused"


@pytest.mark.parametrize("form", ["s3cret value", "s3cret+value", "s3cret%20value", "czNjcmV0IHZhbHVl"])
def test_a_secret_that_the_server_echoes_is_not_shown(form):
    error = error_of(401, {"error": "invalid_client", "error_description": f"the secret {form} is wrong"})
    assert error.message.endswith("“the secret <hidden> is wrong”.")


def test_what_the_server_says_is_bounded_and_harmless_in_a_terminal():
    error = error_of(400, {"error": "x" * 5000 + "\x1b[2J", "error_description": "\x1b]0;evil\x07\r\n\u202e" + "y" * 5000}, HTML)
    assert error.message.isprintable()
    assert len(error.message) < 400
    assert "\\x1b]0;evil\\x07\\r\\n\\u202e" in error.message


def test_the_hint_names_what_to_look_at():
    assert error_of(401, {"error": "invalid_client"}).hint == (
        "Check client_id, what proves it, and client_auth, which is client_secret_basic now"
    )


VALUES = st.none() | st.booleans() | st.floats() | st.integers() | st.text()
ANYTHING = VALUES | st.lists(VALUES, max_size=3)
NAMES = st.sampled_from(
    ("access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token", "error", "error_description")
)


def sentences(status, body):
    """Everything that is said of an answer."""
    try:
        return ["a token", *read(status, body)[1]]
    except TokenEndpointError as error:
        return [error.code, error.message, error.hint, error.error]


@given(st.integers(100, 599), st.dictionaries(NAMES, ANYTHING) | st.binary())
def test_whatever_comes_is_a_token_or_one_printable_sentence(status, body):
    said = sentences(status, body)
    assert said[0] in (
        "a token",
        "token_endpoint_refused",
        "grant_invalid",
        "token_endpoint_unavailable",
        "token_endpoint_malformed",
    )
    assert all(sentence.isprintable() for sentence in said)
