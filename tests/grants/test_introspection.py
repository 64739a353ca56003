"""Asking the authorization server about a token (RFC 7662)."""

from urllib.parse import parse_qsl

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.playbook import Playbook

from authwright.errors import AuthwrightError, TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.introspection import introspect
from authwright.message import Response
from authwright.secret import Secret

PLAIN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": Secret("s3cret")}
CLIENT, BARE = ClientCredentials(**PLAIN, introspection_endpoint="https://as.example/introspect"), ClientCredentials(**PLAIN)
BOTH, ONE = Token(Secret("acc3ss"), refresh_token=Secret("r3fresh")), Token(Secret("acc3ss"))


def form(request):
    return request.url, parse_qsl(request.body.decode())


def test_the_server_says_what_it_knows_of_a_token():
    play = Playbook(introspect(CLIENT, BOTH, Clock()))
    asked = form(play.asks().request)
    assert asked == ("https://as.example/introspect", [("token", "acc3ss"), ("token_type_hint", "access_token")])
    assert (play >> answer(active=True, scope="a")).ends() == {"active": True, "scope": "a"}


@pytest.mark.parametrize(
    "reply", [answer(active="yes"), answer(), Response(200, body=b"<html>"), answer(401, error="invalid_client")]
)
def test_an_answer_that_says_nothing_of_it_is_an_error(reply):
    play = Playbook(introspect(CLIENT, ONE, Clock()))
    play.asks()
    with pytest.raises(TokenEndpointError):
        (play >> reply).ends()


def test_without_the_endpoint_the_hint_says_what_to_add():
    with pytest.raises(AuthwrightError) as caught:
        next(introspect(BARE, ONE, Clock()))
    assert (caught.value.code, "introspection_endpoint" in caught.value.hint) == ("no_endpoint", True)
