"""The authorization request as a URL, or pushed beforehand (RFC 6749 section 4.1.1, RFC 9126)."""

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.grants.authorization_request import authorization_url, check_step, pushed, server_of
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.extra import NOTHING_MORE, TokenStep
from authwright.parameters import ParameterError
from authwright.secret import Secret

PAIRS = (("response_type", "code"), ("scope", "a b"))
PUSH = "https://as.example/par"
CLIENT = ClientCredentials(token_endpoint="https://as.example/token", client_id="id", client_secret=Secret("s3cret"))


@pytest.mark.parametrize(
    ("endpoint", "step", "url"),
    [
        ("https://as/a", NOTHING_MORE, "https://as/a?response_type=code&scope=a%20b"),
        ("https://as/a?t=1", NOTHING_MORE, "https://as/a?t=1&response_type=code&scope=a%20b"),
        (
            "https://as/a?t=1&x=0",
            TokenStep(query={"scope": "own", "t": "2"}),
            "https://as/a?x=0&response_type=code&scope=own&t=2",
        ),
    ],
    ids=["a bare endpoint", "an endpoint with a query", "the user's own parameters win"],
)
def test_the_url_holds_the_parameters_once(endpoint, step, url):
    assert authorization_url(endpoint, PAIRS, step) == url


def test_the_server_is_shown_by_its_origin():
    assert server_of("https://AS.example:443/a?secret=1") == "https://as.example"


def test_pushed_parameters_leave_two_for_the_url():
    play = Playbook(pushed(CLIENT, PUSH, PAIRS, TokenStep(query={"scope": "own"}, body={"more": "1"}), Clock()))
    request = play.asks().request
    assert (request.url, request.body) == (PUSH, b"response_type=code&scope=own&more=1")
    assert request.headers.get("Authorization") == "Basic aWQ6czNjcmV0"
    play >> answer(201, request_uri="urn:x", expires_in=60)
    assert play.ends() == (("client_id", "id"), ("request_uri", "urn:x"))


@pytest.mark.parametrize(
    "response", [answer(201), answer(201, request_uri=""), answer(201, request_uri=1), answer(400, error="x")]
)
def test_a_response_without_a_request_uri_is_an_error(response):
    play = Playbook(pushed(CLIENT, PUSH, PAIRS, NOTHING_MORE, Clock()))
    play.asks()
    play >> response
    with pytest.raises(TokenEndpointError):
        play.ends()


@pytest.mark.parametrize(
    ("step", "pushes", "passes"),
    [
        (TokenStep(query={"a": "1"}), False, True),
        (TokenStep(body={"a": "1"}), False, False),
        (TokenStep(header={"a": "1"}), False, False),
        (TokenStep(body={"a": "1"}, header={"a": "1"}), True, True),
    ],
)
def test_a_body_or_header_needs_a_pushed_request(step, pushes, passes):
    if passes:
        check_step(step, pushes=pushes)
        return
    with pytest.raises(ParameterError, match="a URL in the browser") as caught:
        check_step(step, pushes=pushes)
    assert caught.value.name == "extra"
