"""A refresh names no scope by itself, keeps the refresh token, and falls back to the grant only when that token is bad."""

from urllib.parse import parse_qsl

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.refresh import refreshed, refreshed_or
from authwright.secret import Secret

PLAIN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": Secret("s3cret"), "scope": ("a",)}
CLIENT, NEVER = ClientCredentials(**PLAIN), ClientCredentials(**PLAIN, refresh=False)
OLD = Token(Secret("old"), refresh_token=Secret("r1"))
FRESH = Token(Secret("by the grant"))


def grant():
    yield from ()
    return FRESH


def form(play):
    return parse_qsl(play.asks().request.body.decode())


@pytest.mark.parametrize(("scope", "sent"), [((), []), ((("scope", "b"),), [("scope", "b")])])
def test_only_a_scope_that_is_asked_for_is_sent(scope, sent):
    play = Playbook(refreshed(CLIENT, Secret("r1"), Clock(), scope))
    assert form(play) == [("grant_type", "refresh_token"), ("refresh_token", "r1"), *sent]


@pytest.mark.parametrize(("given", "kept"), [({}, "r1"), ({"refresh_token": "r2"}, "r2")])
def test_the_old_refresh_token_stays_until_a_new_one_comes(given, kept):
    play = Playbook(refreshed(CLIENT, Secret("r1"), Clock()))
    play.asks()
    play >> answer(access_token="new", token_type="Bearer", **given)
    assert play.ends().refresh_token == Secret(kept)


@pytest.mark.parametrize(
    ("client", "previous"),
    [(CLIENT, None), (CLIENT, Token(Secret("t"))), (NEVER, OLD)],
    ids=["no token", "no refresh token", "off"],
)
def test_without_a_refresh_token_the_grant_is_run(client, previous):
    assert Playbook(refreshed_or(client, previous, Clock(), grant())).ends() == FRESH


def test_a_refresh_token_that_is_no_longer_good_runs_the_grant():
    play = Playbook(refreshed_or(CLIENT, OLD, Clock(), grant()))
    play.asks()
    play >> answer(400, error="invalid_grant")
    assert play.ends() == FRESH


@pytest.mark.parametrize("response", [answer(503), answer(401, error="invalid_client")])
def test_any_other_failure_is_not_hidden_by_another_grant(response):
    play = Playbook(refreshed_or(CLIENT, OLD, Clock(), grant()))
    play.asks()
    play >> response
    with pytest.raises(TokenEndpointError):
        play.ends()
