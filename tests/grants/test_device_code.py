"""The device grant, as its screenplay (RFC 8628)."""

from urllib.parse import parse_qsl

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.playbook import Playbook

from authwright.errors import InteractionRequired, RemoteError, TokenEndpointError, TransportError
from authwright.flow.commands import Verify
from authwright.grants.device_code import DeviceCode
from authwright.message import Response
from authwright.secret import Secret

GRANT = DeviceCode(
    device_authorization_endpoint="https://as.example/device",
    token_endpoint="https://as.example/token",
    client_id="id",
    client_auth="none",
    scope=("a", "b"),
)
PAGE = "https://as.example/enter"
ASKED = {"device_code": "d 1", "user_code": "WDJB-MJHT", "verification_uri": PAGE, "expires_in": 600, "interval": 2}
SHOWN = Verify(PAGE, "WDJB-MJHT", "", 2)
TOKEN = answer(access_token="a", token_type="Bearer")


def form(request):
    return parse_qsl(request.body.decode("ascii"), keep_blank_values=True)


def asked(clock=None, **members):
    """The screenplay after the server answered."""
    play = Playbook(GRANT.sign_in(clock or Clock(chance="nonce")))
    assert form(play.asks().request) == [("scope", "a b"), ("client_id", "id")]
    return play >> answer(**{**ASKED, **members})


def polled(play, *replies):
    """Answer polls; each time the interval was waited for before."""
    intervals = []
    for reply in replies:
        intervals.append(play.asks().interval)
        poll = form(play.asks().request)
        assert poll[:2] == [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", "d 1")]
        play >> reply
    return intervals


def test_the_code_is_shown_before_the_server_is_asked_and_asked_until_somebody_has_entered_it():
    asked() << SHOWN
    play, pending = asked(), answer(400, error="authorization_pending")
    assert polled(play, pending, pending, TOKEN) == [2, 2, 2]
    assert play.ends().access_token == Secret("a")


def test_a_server_that_wants_to_be_asked_more_slowly_is():
    slow, pending = answer(400, error="slow_down"), answer(400, error="authorization_pending")
    assert polled(asked(), slow, pending, slow, TOKEN) == [2, 7, 7, 12]


def test_an_outage_is_sat_out_ever_more_slowly():
    assert polled(asked(), Response(503), answer(429), TOKEN) == [2, 4, 8]


def test_a_server_that_cannot_be_reached_for_a_while_is_asked_again():
    flow = GRANT.sign_in(Clock(chance="nonce"))
    next(flow)
    flow.send(answer(**ASKED))
    flow.send(None)
    assert flow.throw(TransportError("as.example cannot be reached.")) == SHOWN.every(4)


@pytest.mark.parametrize(
    ("error", "raised"),
    [("access_denied", RemoteError), ("expired_token", InteractionRequired), ("invalid_client", TokenEndpointError)],
)
def test_a_no_ends_it(error, raised):
    play = asked()
    polled(play, answer(400, error=error))
    with pytest.raises(raised):
        play.asks()


def test_a_code_that_has_ended_is_not_asked_about():
    clock = Clock(chance="nonce")
    play = asked(clock, expires_in=30)
    polled(play, answer(400, error="authorization_pending"))
    play.asks()
    clock.move(31)
    play.asks()
    play >> answer(400, error="authorization_pending")
    with pytest.raises(InteractionRequired, match="in time"):
        play.asks()


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({"interval": None}, Verify(PAGE, "WDJB-MJHT", "", 5)),
        ({"interval": -1}, Verify(PAGE, "WDJB-MJHT", "", 5)),
        ({"interval": "3"}, Verify(PAGE, "WDJB-MJHT", "", 5)),
        ({"verification_uri_complete": f"{PAGE}?c=1"}, Verify(PAGE, "WDJB-MJHT", f"{PAGE}?c=1", 2)),
    ],
)
def test_what_is_shown_is_what_the_server_said(members, shown):
    asked(**members) << shown


def test_googles_older_name_of_the_page_is_known():
    members = {name: value for name, value in ASKED.items() if name != "verification_uri"}
    play = Playbook(GRANT.sign_in(Clock(chance="nonce")))
    play.asks()
    play >> answer(**members, verification_url=PAGE) << SHOWN


@pytest.mark.parametrize(
    "members",
    [
        {"user_code": None},
        {"user_code": "AB\x1b[2J"},
        {"user_code": "A" * 65},
        {"device_code": ""},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "https://as.example/\x1b[2J"},
        {"verification_uri_complete": "file:///etc/passwd"},
    ],
)
def test_nothing_that_could_mislead_a_person_or_a_terminal_is_shown(members):
    play = asked(**members)
    with pytest.raises(TokenEndpointError) as caught:
        play.asks()
    assert caught.value.code == "token_endpoint_malformed"


def test_a_refusal_is_told_as_it_is():
    play = Playbook(GRANT.sign_in(Clock(chance="nonce")))
    play.asks()
    play >> answer(401, error="invalid_client")
    with pytest.raises(TokenEndpointError, match=r"https://as\.example/device answered 401"):
        play.asks()
