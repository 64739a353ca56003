"""Ending a token at the authorization server (RFC 7009)."""

from urllib.parse import parse_qsl

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.playbook import Playbook

from authwright.errors import AuthwrightError, TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.revocation import revoke
from authwright.message import Response
from authwright.secret import Secret

CLIENT = ClientCredentials(
    token_endpoint="https://as.example/token",
    revocation_endpoint="https://as.example/revoke",
    client_id="id",
    client_secret=Secret("s3cret"),
)
BARE = ClientCredentials(token_endpoint="https://as.example/token", client_id="id", client_secret=Secret("s3cret"))
BOTH, ONE = Token(Secret("acc3ss"), refresh_token=Secret("r3fresh")), Token(Secret("acc3ss"))
UNSUPPORTED = answer(400, error="unsupported_token_type")
DONE = Response(200)


def form(request):
    return request.url, parse_qsl(request.body.decode())


def test_the_refresh_token_is_ended_first_then_the_access_token():
    play = Playbook(revoke(CLIENT, BOTH, Clock()))
    first = play.asks().request
    assert form(first) == ("https://as.example/revoke", [("token", "r3fresh"), ("token_type_hint", "refresh_token")])
    assert first.headers.get("Authorization") == "Basic aWQ6czNjcmV0"
    second = (play >> DONE).asks().request
    assert form(second)[1] == [("token", "acc3ss"), ("token_type_hint", "access_token")]
    (play >> DONE).ends()


def test_an_access_token_that_cannot_be_ended_is_no_matter_when_its_refresh_token_was():
    play = Playbook(revoke(CLIENT, BOTH, Clock()))
    play.asks()
    (play >> DONE).asks()
    (play >> UNSUPPORTED).ends()


@pytest.mark.parametrize("refusal", [UNSUPPORTED, answer(503), answer(401, error="invalid_client"), Response(302)])
def test_a_token_that_was_not_ended_is_an_error(refusal):
    play = Playbook(revoke(CLIENT, ONE, Clock()))
    play.asks()
    with pytest.raises(TokenEndpointError) as caught:
        (play >> refusal).ends()
    assert "acc3ss" not in caught.value.message


def test_without_the_endpoint_the_hint_says_what_to_add():
    with pytest.raises(AuthwrightError) as caught:
        next(revoke(BARE, ONE, Clock()))
    assert (caught.value.code, "revocation_endpoint" in caught.value.hint) == ("no_endpoint", True)
