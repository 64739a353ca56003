"""NTLM over HTTP, written as the screenplay of RFC 4559 section 5 and MS-NTHT."""

import base64

import pytest
from spnego._ntlm_raw.messages import Authenticate
from tests.ambients import Clock
from tests.playbook import Playbook
from tests.wire.test_ntlm import asked

from authwright.errors import ChallengeError
from authwright.flow.commands import Compute, Forward
from authwright.message import Headers, Request, Response
from authwright.parameters import ParameterError
from authwright.schemes.ntlm import Ntlm
from authwright.secret import Secret
from authwright.wire import kerberos, ntlm

GET = Request.of("GET", "https://intranet.example/x", [("Accept", "*/*")])
UPLOAD = Request("PUT", GET.origin, GET.target, Headers((("Content-Length", "999999"),)), streamed=True)
PROBE = Request("HEAD", GET.origin, GET.target)
FIRST = base64.b64encode(ntlm.negotiate()).decode()
SECOND = base64.b64encode(asked()).decode()
ALICE = Ntlm(username="RIGDOM\\alice", password=Secret("Wonder1and!"))


def offering(*values):
    return Response(401, Headers(tuple(("WWW-Authenticate", value) for value in values)))


def bearing(request, wrapper, token):
    return request.with_header("Authorization", f"{wrapper} {token}")


def third(play, wrapper="NTLM"):
    """The AUTHENTICATE_MESSAGE that the flow sends next, and the request that bears it."""
    request = play.asks().request
    scheme, _, token = request.headers.get("Authorization").partition(" ")
    assert scheme == wrapper
    return Authenticate.unpack(base64.b64decode(token)), request


@pytest.mark.parametrize(
    ("offers", "wrapper"),
    [
        (("NTLM",), "NTLM"),
        (("Negotiate", "NTLM"), "NTLM"),
        (("Negotiate, NTLM",), "NTLM"),
        (("Negotiate", 'Basic realm="x"'), "Negotiate"),
    ],
)
def test_a_challenge_is_answered_by_the_handshake(offers, wrapper):
    play = Playbook(ALICE.authorize(GET, Clock()))
    play << Forward(GET) >> offering(*offers) << Forward(bearing(GET, wrapper, FIRST)) >> offering(f"{wrapper} {SECOND}")
    message, request = third(play, wrapper)
    assert (message.user_name, message.domain_name, request.method) == ("alice", "RIGDOM", "GET")
    play >> Response(200)
    play.ends()


def test_a_connection_that_is_authenticated_needs_nothing():
    play = Playbook(ALICE.authorize(GET, Clock()))
    play << Forward(GET) >> Response(200)
    play.ends()


def test_a_wrong_password_is_tried_once():
    play = Playbook(ALICE.authorize(GET, Clock()))
    play << Forward(GET) >> offering("NTLM") << Forward(bearing(GET, "NTLM", FIRST)) >> offering(f"NTLM {SECOND}")
    third(play)
    play >> offering("NTLM")
    play.ends()


def test_a_server_that_does_not_go_on_is_not_asked_again():
    play = Playbook(ALICE.authorize(GET, Clock()))
    play << Forward(GET) >> offering("NTLM") << Forward(bearing(GET, "NTLM", FIRST)) >> offering("NTLM")
    play.ends()


def test_a_body_that_can_be_sent_once_waits_for_the_handshake():
    play = Playbook(ALICE.authorize(UPLOAD, Clock()))
    play << Forward(PROBE) >> offering("NTLM") << Forward(bearing(PROBE, "NTLM", FIRST)) >> offering(f"NTLM {SECOND}")
    _, request = third(play)
    assert (request.method, request.streamed) == ("PUT", True)
    play >> Response(201)
    play.ends()


def test_on_an_authenticated_connection_it_waits_for_one_head():
    play = Playbook(ALICE.authorize(UPLOAD, Clock()))
    play << Forward(PROBE) >> Response(200) << Forward(UPLOAD) >> Response(201)
    play.ends()


@pytest.mark.parametrize("request_", [GET, UPLOAD])
def test_without_retry_one_request_is_sent(request_):
    play = Playbook(Ntlm(username="u", password=Secret("p"), retry=False).authorize(request_, Clock()))
    play << Forward(request_) >> offering("NTLM")
    play.ends()


@pytest.mark.parametrize("answer", [offering('Basic realm="x"'), Response(403, offering("NTLM").headers), Response(200)])
def test_what_is_no_challenge_of_these_is_the_clients(answer):
    play = Playbook(ALICE.authorize(GET, Clock()))
    play << Forward(GET) >> answer
    play.ends()


@pytest.mark.parametrize("token", ["TlRMTVNTUAAC", "%%%%"])
def test_a_challenge_that_cannot_be_read_is_an_error(token):
    play = Playbook(ALICE.authorize(GET, Clock()))
    play << Forward(GET) >> offering("NTLM") << Forward(bearing(GET, "NTLM", FIRST)) >> offering(f"NTLM {token}")
    if token == "%%%%":
        play.ends()
    else:
        with pytest.raises(ChallengeError):
            play.asks()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"username": "RIGDOM\\alice"}, ("alice", "RIGDOM")),
        ({"username": "alice", "domain": "RIGDOM"}, ("alice", "RIGDOM")),
        ({"username": "alice@rig.example"}, ("alice@rig.example", None)),
        ({"username": "alice@x", "domain": "RIGDOM"}, ("alice@x", "RIGDOM")),
        ({"username": "alice"}, ("alice", None)),
    ],
)
def test_who_the_server_is_told(parameters, expected):
    play = Playbook(Ntlm(password=Secret("p"), workstation="WS", **parameters).authorize(GET, Clock()))
    play << Forward(GET) >> offering("NTLM") << Forward(bearing(GET, "NTLM", FIRST)) >> offering(f"NTLM {SECOND}")
    message, _ = third(play)
    assert (message.user_name, message.domain_name or None, message.workstation) == (*expected, "WS")


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"username": "A\\b", "domain": "C"}, "domain"),
        ({"password": Secret("p")}, "username"),
        ({}, "username"),
    ],
)
def test_parameters_that_cannot_work_are_found(parameters, name, monkeypatch):
    monkeypatch.setattr(kerberos, "find_spec", lambda _: None)
    with pytest.raises(ParameterError) as caught:
        Ntlm(**parameters)
    assert caught.value.name == name


def test_without_a_user_name_a_ticket_is_presented(monkeypatch):
    monkeypatch.setattr(kerberos, "find_spec", lambda _: object())
    monkeypatch.setattr(kerberos, "token", lambda host: f"ticket for {host}".encode())
    play = Playbook(Ntlm().authorize(GET, Clock()))
    play << Forward(GET) >> offering("NTLM", "Negotiate")
    asked_for = play.asks()
    assert isinstance(asked_for, Compute)
    play >> asked_for.work() << Forward(bearing(GET, "Negotiate", base64.b64encode(b"ticket for intranet.example").decode()))
    play >> Response(200)
    play.ends()
