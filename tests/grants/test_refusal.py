"""A refusal says who must act: the configuration, the user's credential, the server, or time."""

import pytest

from authwright.grants.answer import EndpointAnswer
from authwright.grants.refusal import GRANT_INVALID, MALFORMED, REFUSED, UNAVAILABLE, refusal
from authwright.message import Headers, Response
from authwright.secret import Redactor


def refused(status, fields=None, *, headers=(), grant_type="password"):
    response = Response(status, Headers.of(headers))
    answer = EndpointAnswer(response, "https://as/token", grant_type, "client_secret_basic", Redactor(["s3cret value"]))
    return refusal(answer, fields or {})


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, "invalid_grant", GRANT_INVALID),
        (401, "invalid_client", REFUSED),
        (400, "invented", REFUSED),
        (403, "", REFUSED),
        (200, "bad_verification_code", REFUSED),
        (302, "", MALFORMED),
        (200, "", MALFORMED),
        (429, "", UNAVAILABLE),
        (408, "invalid_grant", UNAVAILABLE),
        (500, "", UNAVAILABLE),
        (503, "invalid_client", UNAVAILABLE),
        (400, "temporarily_unavailable", UNAVAILABLE),
        (400, "slow_down", UNAVAILABLE),
    ],
)
def test_status_and_error_tell_who_must_act(status, error, code):
    found = refused(status, {"error": error})
    assert (found.code, found.status, found.error) == (code, status, error)


@pytest.mark.parametrize(
    ("status", "fields", "grant_type", "hint"),
    [
        (401, {"error": "invalid_client"}, "password", "client_auth, which is client_secret_basic now"),
        (400, {"error": "unauthorized_client"}, "password", "Allow the grant password"),
        (400, {"error": "invalid_grant"}, "password", "Check username and password"),
        (400, {"error": "invalid_grant"}, "refresh_token", "obtain a new one"),
        (400, {"error": "invalid_grant"}, "custom", "Check the client's registration"),
        (404, {}, "password", "Check that token_endpoint is the URL"),
        (307, {}, "password", "Write the URL it leads to"),
        (503, {}, "password", "Try again later"),
    ],
)
def test_the_hint_is_the_next_thing_to_do(status, fields, grant_type, hint):
    assert hint in refused(status, fields, grant_type=grant_type).hint


@pytest.mark.parametrize(
    ("status", "fields", "headers", "sentence"),
    [
        (400, {"error": "x", "error_description": "was s3cret value"}, [], ": x, “was <hidden>”."),
        (400, {"error": "x", "error_description": 1}, [], ": x."),
        (400, {"error": ["x"]}, [], "without an OAuth error."),
        (302, {}, [("Location", "https://b/t?code=1")], "a redirect to https://b/t, which is never followed."),
        (302, {}, [], "a redirect to nowhere"),
    ],
)
def test_the_sentence_says_what_the_server_did(status, fields, headers, sentence):
    assert sentence in refused(status, fields, headers=headers).message


def test_the_servers_retry_after_counts_only_when_a_retry_may_succeed():
    later = [("Retry-After", "7")]
    assert refused(503, headers=later).retry_after == 7
    assert refused(400, {"error": "invalid_grant"}, headers=later).retry_after is None
