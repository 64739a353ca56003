"""The password grant (RFC 6749 section 4.3)."""

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import AuthorizationServer

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.password import Password
from authwright.secret import Secret

CLOCK = Clock()
PLAIN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": Secret("s3cret value")}
GRANT = Password(**PLAIN, username="ann", password=Secret("p4ssword"), scope=("s",))


def test_name_and_password_give_a_token():
    server = AuthorizationServer()
    assert server.run(GRANT.obtain(None, CLOCK)).access_token == Secret("access-1")
    assert server.requests == [{"grant_type": "password", "username": "ann", "password": "p4ssword", "scope": "s"}]


def test_the_password_is_not_sent_while_there_is_a_refresh_token():
    server = AuthorizationServer(gives_refresh_token=True)
    first = server.run(GRANT.obtain(None, CLOCK))
    second = server.run(GRANT.obtain(first, CLOCK))
    assert (server.grant_types(), second.refresh_token) == (["password", "refresh_token"], Secret("refresh-2"))


def test_the_password_is_sent_again_when_the_refresh_token_has_ended():
    server = AuthorizationServer()
    server.run(GRANT.obtain(Token(Secret("a"), refresh_token=Secret("gone")), CLOCK))
    assert server.grant_types() == ["refresh_token", "password"]


def test_a_wrong_password_is_told_from_a_wrong_client():
    wrong = Password(**PLAIN, username="ann", password=Secret("other-pass"))
    with pytest.raises(TokenEndpointError) as caught:
        AuthorizationServer().run(wrong.obtain(None, CLOCK))
    assert (caught.value.code, caught.value.hint) == ("grant_invalid", "Check username and password")
