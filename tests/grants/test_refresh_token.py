"""A refresh token from the configuration, and its successors (RFC 6749 section 6)."""

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import AuthorizationServer

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.refresh_token import RefreshToken
from authwright.parameters import ParameterError
from authwright.secret import Secret

CLOCK = Clock()
PLAIN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": Secret("s3cret value")}
GRANT = RefreshToken(**PLAIN, refresh_token=Secret("first"))


def test_the_configured_one_is_the_beginning():
    server = AuthorizationServer(refresh_tokens={"first"}, gives_refresh_token=True)
    token = server.run(GRANT.obtain(None, CLOCK))
    assert (token.access_token, token.refresh_token) == (Secret("access-1"), Secret("refresh-1"))


def test_a_newer_one_wins_over_the_configured_one():
    server = AuthorizationServer(refresh_tokens={"newer"})
    server.run(GRANT.obtain(Token(Secret("a"), refresh_token=Secret("newer")), CLOCK))
    assert [form["refresh_token"] for form in server.requests] == ["newer"]


def test_one_that_the_server_does_not_replace_is_kept():
    server = AuthorizationServer(refresh_tokens={"first"}, rotates=False)
    assert server.run(GRANT.obtain(None, CLOCK)).refresh_token == Secret("first")


def test_one_that_has_ended_says_to_obtain_a_new_one():
    with pytest.raises(TokenEndpointError) as caught:
        AuthorizationServer().run(GRANT.obtain(None, CLOCK))
    assert (caught.value.code, caught.value.hint) == (
        "grant_invalid",
        "The refresh token has ended or was revoked: obtain a new one",
    )


@pytest.mark.parametrize(("given", "name"), [({"refresh_token": Secret("")}, "refresh_token"), ({"refresh": False}, "refresh")])
def test_it_cannot_do_without(given, name):
    with pytest.raises(ParameterError) as caught:
        RefreshToken(**{**PLAIN, "refresh_token": Secret("first"), **given})
    assert caught.value.name == name
