"""A GitHub App's installation token: GitHub's own documentation as a screenplay."""

import json
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.ambients import Clock
from tests.grants.authorization_server import JSON
from tests.grants.keys import PEMS
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.github_app import GitHubApp
from authwright.message import Response
from authwright.parameters import ParameterError
from authwright.secret import Secret

PLAIN = {"client_id": "Iv23", "installation_id": "42", "private_key": Secret(PEMS["rsa"])}
NOW = Clock().now()
ISSUED = {"token": "ghs_16C7e42F292c6912E7710c838347Ae178B4a", "expires_at": "2026-01-01T13:00:00Z", "permissions": {}}


def reply(status=201, **members):
    return Response(status, JSON, json.dumps(members).encode())


def asked(**given):
    play = Playbook(GitHubApp(**PLAIN, **given).obtain(None, Clock()))
    return play, play.asks().request


def test_the_apps_token_obtains_the_installations():
    play, request = asked()
    assert (request.method, request.url, request.body) == (
        "POST",
        "https://api.github.com/app/installations/42/access_tokens",
        b"{}",
    )
    assert request.headers.get("X-GitHub-Api-Version") == "2022-11-28"
    end = datetime(2026, 1, 1, 13, tzinfo=UTC)
    assert (play >> reply(**ISSUED)).ends() == Token(Secret(ISSUED["token"]), end, NOW)


def test_the_app_says_who_it_is_and_allows_for_a_clock_that_is_ahead():
    scheme, _, token = asked()[1].headers.get("Authorization").partition(" ")
    found = jwt.decode(token, RSAKey.import_key(PEMS["rsa"]), algorithms=["RS256"])
    now = int(NOW.timestamp())
    assert (scheme, found.claims) == ("Bearer", {"iss": "Iv23", "iat": now - 60, "exp": now + 540})


def test_repositories_and_permissions_are_narrowed():
    _, request = asked(repositories=("one", "two"), permissions={"contents": "read"})
    assert json.loads(request.body) == {"repositories": ["one", "two"], "permissions": {"contents": "read"}}


def test_a_server_of_ones_own_has_its_own_address():
    _, request = asked(api="https://github.example.com/api/v3")
    assert request.url == "https://github.example.com/api/v3/app/installations/42/access_tokens"


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        (reply(401, message="A JSON web token could not be decoded"), "token_endpoint_refused", "could not be decoded"),
        (reply(404, message="Not Found"), "token_endpoint_refused", "Not Found"),
        (reply(422), "token_endpoint_refused", "answered 422"),
        (reply(503, message="later"), "token_endpoint_unavailable", "later"),
        (reply(429), "token_endpoint_unavailable", "429"),
        (reply(201), "token_endpoint_malformed", "no token"),
        (reply(201, token="a\nb", expires_at="2026-01-01T13:00:00Z"), "token_endpoint_malformed", "no token"),
        (reply(201, token="t", expires_at="soon"), "token_endpoint_malformed", "no time"),
        (Response(201, body=b"<html>"), "token_endpoint_malformed", "no token"),
    ],
)
def test_what_is_no_token_is_said_in_one_sentence(answer, code, sentence):
    play, _ = asked()
    with pytest.raises(TokenEndpointError) as caught:
        (play >> answer).ends()
    assert (caught.value.code, sentence in caught.value.message) == (code, True)


def test_what_github_echoes_is_hidden():
    play, request = asked()
    token = request.headers.get("Authorization").removeprefix("Bearer ")
    with pytest.raises(TokenEndpointError) as caught:
        (play >> reply(401, message=f"bad {token}")).ends()
    assert token not in caught.value.message


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"installation_id": "my-org"}, "installation_id"),
        ({"private_key": Secret(PEMS["p256"])}, "private_key"),
        ({"private_key": Secret("x")}, "private_key"),
        ({"api": "http://api.github.com"}, "api"),
    ],
)
def test_what_cannot_be_is_refused(given, name):
    with pytest.raises(ParameterError) as caught:
        GitHubApp(**{**PLAIN, **given})
    assert (caught.value.name, bool(caught.value.hint)) == (name, True)
