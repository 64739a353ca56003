"""The implicit grant, as its screenplay (RFC 6749 section 4.2, OpenID Connect Core 1.0 section 3.2)."""

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.ambients import Clock
from tests.playbook import Playbook

from authwright.errors import AuthwrightError, InteractionRequired, RemoteError, TokenEndpointError
from authwright.flow.commands import Authorize, Listen
from authwright.flow.token import Token
from authwright.grants.implicit import Implicit
from authwright.parameters import ParameterError
from authwright.secret import Secret

CLOCK = Clock(chance="nonce")
HERE = "http://127.0.0.1:4000/callback"
PLAIN = {"authorization_endpoint": "https://as.example/authorize", "client_id": "id"}


def id_token(**claims):
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{middle}.c2ln"


def at_the_door(**more):
    play = Playbook(Implicit(**PLAIN, **more).sign_in(CLOCK))
    play << Listen("http://127.0.0.1/callback") >> HERE
    return play, play.asks()


def test_the_token_comes_in_the_fragment():
    play, asked = at_the_door(scope=("a",), audience="api")
    assert asked == Authorize(asked.url, HERE, "nonce", "fragment")
    assert parse_qsl(urlsplit(asked.url).query) == [
        *(("response_type", "token"), ("client_id", "id"), ("redirect_uri", HERE), ("state", "nonce")),
        *(("scope", "a"), ("audience", "api")),
    ]
    play >> {"access_token": "t", "token_type": "bearer", "expires_in": "60", "state": "nonce", "scope": "a"}
    token = play.ends()
    assert (token.access_token, token.scope, token.refresh_token) == (Secret("t"), "a", None)
    assert token.expires_at == CLOCK.now() + timedelta(seconds=60)


def test_with_openid_an_id_token_of_this_sign_in_comes_too():
    play, asked = at_the_door(scope=("openid",))
    assert parse_qsl(urlsplit(asked.url).query)[:2] == [("response_type", "id_token token"), ("nonce", "nonce")]
    play >> {"access_token": "t", "token_type": "bearer", "id_token": id_token(nonce="nonce"), "state": "nonce"}
    assert play.ends().id_token == Secret(id_token(nonce="nonce"))


@pytest.mark.parametrize("came", [{}, {"id_token": id_token(nonce="other")}, {"id_token": "no.token"}, {"id_token": id_token()}])
def test_an_id_token_of_another_sign_in_is_refused(came):
    play, _ = at_the_door(scope=("openid",))
    play >> {"access_token": "t", "token_type": "bearer", "state": "nonce", **came}
    with pytest.raises(RemoteError, match="its nonce is another"):
        play.asks()


@pytest.mark.parametrize("came", [{}, {"access_token": "two words"}, {"access_token": "t", "token_type": "mac"}])
def test_what_is_no_token_is_refused(came):
    play, _ = at_the_door()
    play >> {"state": "nonce", **came}
    with pytest.raises(TokenEndpointError):
        play.asks()


def test_nothing_is_obtained_without_a_person():
    for previous in (None, Token(Secret("a"), refresh_token=Secret("r"))):
        with pytest.raises(InteractionRequired):
            Playbook(Implicit(**PLAIN).obtain(previous, CLOCK)).asks()


def test_there_is_no_other_device():
    with pytest.raises(AuthwrightError, match="knows no other device"):
        Playbook(Implicit(**PLAIN).sign_in(CLOCK, device=True)).asks()


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"client_id": ""}, "client_id"),
        ({"authorization_endpoint": ""}, "authorization_endpoint"),
        ({"authorization_endpoint": "http://as.example/"}, "authorization_endpoint"),
        ({"redirect_uri": "callback"}, "redirect_uri"),
    ],
)
def test_what_cannot_work_is_refused_at_load(more, name):
    with pytest.raises(ParameterError) as caught:
        Implicit(**{**PLAIN, **more})
    assert caught.value.name == name
