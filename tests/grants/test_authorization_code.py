"""The authorization code grant, as its screenplay (RFC 6749 section 4.1, RFC 7636, RFC 9126, RFC 9207)."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.playbook import Playbook

from authwright.errors import AuthwrightError, InteractionRequired, RemoteError, TokenEndpointError
from authwright.flow.commands import Authorize, Listen
from authwright.flow.protocols import needs_person
from authwright.flow.token import Token
from authwright.grants.authorization_code import AuthorizationCode
from authwright.grants.extra import Extra, TokenStep
from authwright.grants.pkce import code_challenge
from authwright.message import Response
from authwright.parameters import ParameterError
from authwright.secret import Secret

CLOCK = Clock(chance="nonce")
PLAIN = {
    "authorization_endpoint": "https://as.example/authorize?tenant=1",
    "token_endpoint": "https://as.example/token",
    "client_id": "id",
    "client_auth": "none",
}
HERE = "http://127.0.0.1:4000/callback"
VERIFIER = "nonce" * 9
TOKEN = answer(access_token="a", token_type="Bearer", expires_in=60, refresh_token="r")


def grant(**more):
    return AuthorizationCode(**PLAIN, **more)


def form(request):
    return parse_qsl(request.body.decode("ascii"), keep_blank_values=True)


def query(url):
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def at_the_door(grant):
    """The screenplay up to where the person is sent away, and the command that sends them."""
    play = Playbook(grant.sign_in(CLOCK))
    play << Listen(grant.redirect_uri) >> HERE
    return play, play.asks()


def test_the_port_is_listened_at_before_anybody_is_sent_away_and_the_code_is_exchanged_with_the_verifier():
    play, asked = at_the_door(grant(scope=("a", "b"), resource=("https://api.example/1", "https://api.example/2")))
    assert asked == Authorize(asked.url, HERE, "nonce", "query")
    assert query(asked.url) == [
        *(("tenant", "1"), ("response_type", "code"), ("client_id", "id"), ("redirect_uri", HERE), ("state", "nonce")),
        *(("scope", "a b"), ("resource", "https://api.example/1"), ("resource", "https://api.example/2")),
        *(("code_challenge", code_challenge(VERIFIER)), ("code_challenge_method", "S256")),
    ]
    play >> {"code": "c 1", "state": "nonce"}
    assert form(play.asks().request) == [
        *(("grant_type", "authorization_code"), ("code", "c 1"), ("redirect_uri", HERE), ("code_verifier", VERIFIER)),
        *(("resource", "https://api.example/1"), ("resource", "https://api.example/2"), ("client_id", "id")),
    ]
    play >> TOKEN
    assert play.ends().refresh_token == Secret("r")


@pytest.mark.parametrize(
    ("more", "challenge", "verifier"),
    [
        ({"pkce": "plain"}, [("code_challenge", VERIFIER), ("code_challenge_method", "plain")], [("code_verifier", VERIFIER)]),
        ({"pkce": "off"}, [], []),
        (
            {"pkce": "plain", "code_verifier": Secret("v" * 43)},
            [("code_challenge", "v" * 43), ("code_challenge_method", "plain")],
            [("code_verifier", "v" * 43)],
        ),
    ],
)
def test_pkce_is_as_the_configuration_says(more, challenge, verifier):
    play, asked = at_the_door(grant(**more))
    assert [pair for pair in query(asked.url) if pair[0].startswith("code_")] == challenge
    play >> {"code": "c", "state": "nonce"}
    assert [pair for pair in form(play.asks().request) if pair[0] == "code_verifier"] == verifier


def test_what_the_user_gives_is_never_replaced():
    extra = Extra(authorization=TokenStep(query={"prompt": "consent", "tenant": "2", "response_type": "code id_token"}))
    _, asked = at_the_door(grant(state="own", extra=extra))
    assert asked.state == "own"
    given = dict(query(asked.url))
    assert (given["state"], given["prompt"], given["tenant"], given["response_type"]) == ("own", "consent", "2", "code id_token")
    assert len(query(asked.url)) == len(given)


def test_a_pushed_request_leaves_the_client_and_a_reference_in_the_url():
    extra = Extra(authorization=TokenStep(query={"prompt": "login"}, header={"X-One": "1"}))
    pushing = grant(pushed_authorization_request_endpoint="https://as.example/par", extra=extra)
    play, asked = at_the_door(pushing)
    request = asked.request
    assert (request.url, request.headers.get("X-One")) == ("https://as.example/par", "1")
    assert {"response_type", "state", "code_challenge", "client_id", "redirect_uri", "prompt"} <= set(dict(form(request)))
    play >> answer(201, request_uri="urn:x:1", expires_in=60)
    assert query(play.asks().url) == [("tenant", "1"), ("client_id", "id"), ("request_uri", "urn:x:1")]


@pytest.mark.parametrize(
    ("pushed", "says"),
    [
        (answer(400, error="invalid_request"), "invalid_request"),
        (answer(201, expires_in=60), "no request_uri"),
        (Response(201, body=b"<html>"), "not JSON"),
    ],
)
def test_a_push_that_fails_ends_the_sign_in_before_anybody_is_sent_away(pushed, says):
    play, _ = at_the_door(grant(pushed_authorization_request_endpoint="https://as.example/par"))
    play >> pushed
    with pytest.raises(TokenEndpointError, match=says):
        play.asks()


@pytest.mark.parametrize(
    ("came", "code", "says"),
    [
        ({"error": "access_denied", "error_description": "no\x1b[31m"}, "access_denied", r"access_denied, “no\\x1b\[31m”"),
        ({"error": "invalid_scope"}, "authorization_refused", "invalid_scope"),
        ({}, "authorization_refused", "neither a code nor an error"),
        ({"code": "c", "iss": "https://evil.example"}, "wrong_issuer", "its iss is https://evil.example"),
    ],
)
def test_an_answer_that_is_none_ends_it_in_a_sentence(came, code, says):
    play, _ = at_the_door(grant(issuer="https://as.example"))
    play >> {"state": "nonce", **came}
    with pytest.raises(RemoteError, match=says) as caught:
        play.asks()
    assert caught.value.code == code


def test_a_server_that_says_it_always_names_itself_is_held_to_it():
    found = {"issuer": "https://as.example", "authorization_endpoint": "https://as.example/authorize"}
    metadata = answer(**found, token_endpoint="https://as.example/token", authorization_response_iss_parameter_supported=True)
    discovering = AuthorizationCode(issuer="https://as.example", client_id="id", client_auth="none")
    play = Playbook(discovering.sign_in(CLOCK))
    play.asks()
    play >> metadata
    play << Listen(discovering.redirect_uri) >> HERE
    play.asks()
    play >> metadata
    play.asks()
    play >> {"code": "c", "state": "nonce"}
    with pytest.raises(RemoteError, match="its iss is missing"):
        play.asks()


def test_a_server_that_wants_requests_pushed_gets_them_pushed():
    endpoints = {"authorization_endpoint": "https://as.example/authorize", "token_endpoint": "https://as.example/token"}
    par = {"pushed_authorization_request_endpoint": "https://as.example/par", "require_pushed_authorization_requests": True}
    metadata = answer(issuer="https://as.example", **endpoints, **par)
    play = Playbook(AuthorizationCode(issuer="https://as.example", client_id="id", client_auth="none").sign_in(CLOCK))
    play.asks()
    play >> metadata
    play.asks()
    play >> HERE
    play.asks()
    play >> metadata
    play.asks()
    play >> metadata
    assert play.asks().request.url == "https://as.example/par"


def test_without_a_person_a_stored_refresh_token_is_used_and_its_scope_is_the_granted_one():
    play = Playbook(grant(scope=("a",)).obtain(Token(Secret("old"), refresh_token=Secret("r1")), CLOCK))
    assert form(play.asks().request) == [("grant_type", "refresh_token"), ("refresh_token", "r1"), ("client_id", "id")]
    play >> TOKEN
    assert play.ends().access_token == Secret("a")


@pytest.mark.parametrize(
    ("previous", "more"),
    [(None, {}), (Token(Secret("a")), {}), (Token(Secret("a"), refresh_token=Secret("r")), {"refresh": False})],
)
def test_without_anything_to_refresh_a_person_is_needed_and_nothing_is_asked(previous, more):
    with pytest.raises(InteractionRequired):
        Playbook(grant(**more).obtain(previous, CLOCK)).asks()


def test_a_refresh_token_that_is_no_longer_good_needs_a_person_and_a_server_that_is_down_does_not():
    for reply, error in ((answer(400, error="invalid_grant"), InteractionRequired), (Response(503), TokenEndpointError)):
        play = Playbook(grant().obtain(Token(Secret("a"), refresh_token=Secret("r")), CLOCK))
        play.asks()
        play >> reply
        with pytest.raises(error):
            play.asks()


def test_it_is_told_from_a_grant_that_needs_nobody():
    assert needs_person(grant())


def test_another_device_needs_an_endpoint_for_it():
    with pytest.raises(AuthwrightError, match="no device_authorization_endpoint"):
        Playbook(grant().sign_in(CLOCK, device=True)).asks()


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"redirect_uri": "/callback"}, "redirect_uri"),
        ({"redirect_uri": "http://192.0.2.1/callback"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:port/callback"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1/callback?x=1"}, "redirect_uri"),
        ({"redirect_uri": "https://as.example/callback#x"}, "redirect_uri"),
        ({"code_verifier": Secret("short")}, "code_verifier"),
        ({"extra": Extra(authorization=TokenStep(header={"X-One": "1"}))}, "extra"),
        ({"device_authorization_endpoint": "http://as.example/device"}, "device_authorization_endpoint"),
    ],
)
def test_what_cannot_work_is_refused_at_load(more, name):
    with pytest.raises(ParameterError) as caught:
        grant(**more)
    assert caught.value.name == name


@pytest.mark.parametrize("uri", ["http://localhost:8400/", "https://oauth.pstmn.io/v1/callback", "com.example.app:/callback"])
def test_redirects_that_are_registered_elsewhere_are_taken(uri):
    assert grant(redirect_uri=uri).redirect_uri == uri


def test_how_a_person_comes_back_does_not_change_whose_token_it_is():
    ways = [grant(), grant(redirect_uri="http://127.0.0.1:8400/cb"), grant(pkce="off"), grant(state="own")]
    assert len({each.key for each in ways}) == 1
    assert grant(scope=("more",)).key != grant().key
