"""Without a person a grant refreshes, or says that the person must sign in."""

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.playbook import Playbook

from authwright.errors import InteractionRequired, TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.interaction import refresh_only, refused_by_person
from authwright.secret import Secret

PLAIN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": Secret("s3cret")}
CLIENT, NEVER = ClientCredentials(**PLAIN), ClientCredentials(**PLAIN, refresh=False)
OLD = Token(Secret("old"), refresh_token=Secret("r1"))


@pytest.mark.parametrize(
    ("client", "previous", "sentence"),
    [
        (CLIENT, None, "Nobody has signed in yet"),
        (CLIENT, Token(Secret("t")), "no refresh token"),
        (NEVER, OLD, "no refresh token"),
    ],
    ids=["no token", "no refresh token", "refreshing is off"],
)
def test_without_a_refresh_token_a_person_must_sign_in(client, previous, sentence):
    with pytest.raises(InteractionRequired, match=sentence):
        Playbook(refresh_only(client, previous, Clock())).asks()


def test_a_refresh_token_is_spent_and_kept_when_none_comes_back():
    play = Playbook(refresh_only(CLIENT, OLD, Clock()))
    assert b"refresh_token=r1" in play.asks().request.body
    play >> answer(access_token="new", token_type="Bearer")
    token = play.ends()
    assert (token.access_token, token.refresh_token) == (Secret("new"), Secret("r1"))


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer(400, error="invalid_grant"), InteractionRequired),
        (answer(401, error="invalid_client"), TokenEndpointError),
        (answer(503), TokenEndpointError),
    ],
    ids=["no longer good", "the client is refused", "later"],
)
def test_only_a_refresh_token_that_is_no_longer_good_needs_a_person(response, error):
    play = Playbook(refresh_only(CLIENT, OLD, Clock()))
    play.asks()
    play >> response
    with pytest.raises(error) as caught:
        play.ends()
    assert type(caught.value) is error


def test_a_denied_sign_in_says_what_to_do():
    error = refused_by_person("No.")
    assert (error.code, error.message, bool(error.hint)) == ("access_denied", "No.", True)
