"""Hawk as a screenplay: the server's clock, answers that prove themselves, and bewits."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.ambients import NOON, Remembering
from tests.playbook import Playbook

from authwright.errors import RemoteError
from authwright.message import Headers, Request, Response
from authwright.parameters import ParameterError
from authwright.schemes.hawk import Clock, Hawk
from authwright.secret import Secret
from authwright.wire import hawk_mac
from authwright.wire.challenge import challenges
from authwright.wire.query import values

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "hawk.json").read_text("utf-8"))
KEY = Secret("werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn")
NOW = int(NOON.timestamp())
GET = Request.of("GET", "http://example.com:8000/resource/1?b=1&a=2")


def hawk(**parameters):
    return Hawk(**{"id": "dh37fgj492je", "key": KEY} | parameters)


def stale(ts, key=KEY):
    tsm = hawk_mac.code(key, "sha256", f"hawk.1.ts\n{ts}\n")
    return Response(
        401, Headers((("WWW-Authenticate", f'Basic realm="x", Hawk ts="{ts}", tsm="{tsm}", error="Stale timestamp"'),))
    )


def presented(play):
    """The attributes of the request that the flow sends next."""
    [found] = challenges(play.asks().request.headers, "Authorization")
    return found.parameters


def test_the_servers_time_corrects_the_clock_and_the_request_is_sent_once_more():
    ambient = Remembering()
    play = Playbook(hawk().authorize(GET, ambient))
    assert presented(play)["ts"] == str(NOW)
    play >> stale(NOW + 7200)
    assert presented(play)["ts"] == str(NOW + 7200)
    play >> stale(NOW + 9000)
    play.ends()
    following = Playbook(hawk().authorize(GET, ambient))
    assert presented(following)["ts"] == str(NOW + 7200)


@pytest.mark.parametrize(
    "answer",
    [
        stale(NOW + 7200, Secret("another key")),
        stale("soon"),
        stale("9" * 20),
        Response(401, Headers((("WWW-Authenticate", f'Hawk ts="{NOW + 7200}"'),))),
        Response(401, Headers((("WWW-Authenticate", 'Hawk error="Bad mac"'),))),
        Response(401),
        Response(403, stale(NOW + 7200).headers),
    ],
    ids=["another key", "no number", "absurd", "no proof", "another error", "no challenge", "another status"],
)
def test_a_time_without_proof_changes_nothing(answer):
    ambient = Remembering()
    play = Playbook(hawk().authorize(GET, ambient))
    play.asks()
    play >> answer
    play.ends()
    assert ambient.recall(Clock).ahead == 0


def test_a_time_that_is_given_is_never_replaced():
    play = Playbook(hawk(timestamp="1353832234").authorize(GET, Remembering()))
    assert presented(play)["ts"] == "1353832234"
    play >> stale(NOW)
    play.ends()


def answered(request, status=200, key=KEY, hash_="", ext="", **changes):
    """An answer as the server makes it: over the artifacts of the request that it got."""
    [found] = challenges(request.headers, "Authorization")
    sent = {name: found.parameters.get(name, "") for name in ("ts", "nonce", "app", "dlg")}
    artifacts = hawk_mac.Artifacts.of(request, **sent, hash=hash_, ext=ext)._replace(**changes)
    mac = hawk_mac.code(key, "sha256", hawk_mac.normalized("response", artifacts))
    parts = {"mac": mac, "hash": hash_, "ext": ext}
    value = ", ".join(f'{name}="{text}"' for name, text in parts.items() if text)
    return Response(status, Headers((("Server-Authorization", f"Hawk {value}"),)))


@pytest.mark.parametrize(("hash_", "ext"), [("", ""), ("aGFzaA==", ""), ("aGFzaA==", "more")])
@pytest.mark.parametrize("application", [{}, {"app": "a", "dlg": "d"}])
@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_answer_that_proves_itself_is_taken(hash_, ext, application, status):
    play = Playbook(hawk(server_authorization=True, **application).authorize(GET, Remembering()))
    asked = play.asks()
    assert asked.judges
    play >> answered(asked.request, status, hash_=hash_, ext=ext)
    play.ends()


WRONG = {
    "none": lambda _: Response(200),
    "another scheme": lambda _: Response(200, Headers((("Server-Authorization", 'Basic mac="x"'),))),
    "another key": lambda sent: answered(sent, key=Secret("another")),
    "another nonce": lambda sent: answered(sent, nonce="other"),
    "another path": lambda sent: answered(sent, resource="/other"),
    "an error": lambda _: Response(500),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_answer_that_does_not_is_refused(name):
    play = Playbook(hawk(server_authorization=True).authorize(GET, Remembering()))
    play >> WRONG[name](play.asks().request)
    with pytest.raises(RemoteError) as caught:
        play.ends()
    assert caught.value.code == "server_authorization"


def test_a_rejection_needs_no_proof_and_nothing_does_unless_it_is_asked_for():
    for parameters, answer in (({"server_authorization": True}, Response(401)), ({}, Response(200))):
        play = Playbook(hawk(**parameters).authorize(GET, Remembering()))
        assert play.asks().judges is bool(parameters)
        play >> answer
        play.ends()


@pytest.mark.parametrize("case", VECTORS["bewit"], ids=lambda case: case["url"] + str(case["ext"]))
def test_a_bewit_is_the_published_one(case):
    known = case["credentials"]
    scheme = Hawk(
        id=known["id"],
        key=Secret(known["key"]),
        ext=case["ext"] or "",
        bewit=timedelta(minutes=5),
        timestamp=str(case["exp"] - 300),
    )
    sent = Playbook(scheme.authorize(Request.of("GET", case["url"]), Remembering())).asks().request
    assert values(sent.target, "bewit") == [case["expected_bewit"]]
    assert "Authorization" not in sent.headers


@pytest.mark.parametrize(("method", "in_query"), [("GET", True), ("HEAD", True), ("POST", False), ("OPTIONS", False)])
def test_a_bewit_is_for_get_and_head(method, in_query):
    request = Request.of(method, GET.url)
    play = Playbook(hawk(bewit=timedelta(minutes=5)).authorize(request, Remembering()))
    sent = play.asks().request
    assert (len(values(sent.target, "bewit")), "Authorization" in sent.headers) == (int(in_query), not in_query)
    if in_query:
        found = base64.urlsafe_b64decode(values(sent.target, "bewit")[0] + "==").decode().split("\\")
        assert found[:2] == ["dh37fgj492je", str(NOW + 300)]


def test_a_bewit_for_head_is_the_one_for_get():
    scheme = hawk(bewit=timedelta(minutes=5))
    targets = {
        Playbook(scheme.authorize(Request.of(method, GET.url), Remembering())).asks().request.target for method in ("GET", "HEAD")
    }
    assert len(targets) == 1


def test_a_delegation_without_an_application_is_left_out():
    assert "dlg" not in presented(Playbook(hawk(dlg="d").authorize(GET, Remembering())))


@pytest.mark.parametrize("case", VECTORS["payload_hash"], ids=lambda case: case["payload"])
def test_a_payload_hash_is_the_published_one(case):
    assert hawk_mac.payload_hash(case["algorithm"], case["content_type"], case["payload"].encode()) == case["hash"]


@pytest.mark.parametrize(
    ("parameters", "method", "reads"),
    [
        ({}, "POST", False),
        ({"payload_hash": True}, "POST", True),
        ({"payload_hash": True}, "GET", True),
        ({"payload_hash": True, "bewit": timedelta(minutes=1)}, "GET", False),
        ({"payload_hash": True, "bewit": timedelta(minutes=1)}, "POST", True),
    ],
)
def test_the_body_is_read_only_for_the_payload_hash(parameters, method, reads):
    assert hawk(**parameters).reads_body(Request.of(method, GET.url)) is reads


@pytest.mark.parametrize("ext", ["a\\b", 'a "quoted" b', "plain"])
def test_what_is_quoted_is_read_back(ext):
    assert presented(Playbook(hawk(ext=ext).authorize(GET, Remembering())))["ext"] == ext


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"id": ""}, "id"),
        ({"key": Secret("")}, "key"),
        ({"ext": "a\nb"}, "ext"),
        ({"app": "ü"}, "app"),
        ({"timestamp": "soon"}, "timestamp"),
        ({"bewit": timedelta(0)}, "bewit"),
    ],
)
def test_what_cannot_be_written_is_found_when_it_is_loaded(parameters, name):
    with pytest.raises(ParameterError) as caught:
        hawk(**parameters)
    assert caught.value.name == name
