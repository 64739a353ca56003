"""A flow asks by yielding one command, and gets the answer back."""

from datetime import timedelta

import pytest
from tests.playbook import Playbook

from authwright.flow import commands
from authwright.flow.token import Token
from authwright.message import Request, Response
from authwright.secret import Secret

GET = Request.of("GET", "https://a.example/")
OK = Response(200)
TOKEN = Token(Secret("t"))
CERTIFICATE = commands.ClientCertificate("PEM", Secret("c4nary"))


@pytest.mark.parametrize(
    ("flow", "command", "answer"),
    [
        (commands.forward(GET, Secret("x"), needs="y", judges=True), commands.Forward(GET, (Secret("x"),), "y", True), OK),
        (commands.fetch(GET, CERTIFICATE, timedelta(hours=1)), commands.Fetch(GET, CERTIFICATE, timedelta(hours=1)), OK),
        (commands.get_token("grant", TOKEN, "other"), commands.GetToken("grant", TOKEN, "other"), TOKEN),
        (commands.listen("http://127.0.0.1/"), commands.Listen("http://127.0.0.1/"), "http://127.0.0.1:1/"),
    ],
    ids=["forward", "fetch", "get_token", "listen"],
)
def test_a_question_is_its_command_and_gives_its_answer(flow, command, answer):
    play = Playbook(flow)
    play << command >> answer
    assert play.ends() == answer


def test_work_is_handed_over_as_it_is():
    play = Playbook(commands.compute(lambda: 7))
    asked = play.asks()
    assert (type(asked), asked.work()) == (commands.Compute, 7)
    play >> 7
    assert play.ends() == 7


def test_a_note_is_never_answered():
    play = Playbook(commands.note("label", "text"))
    play << commands.Note("label", "text")
    assert play.ends() is None


def test_a_certificate_hides_its_key():
    assert "c4nary" not in repr(commands.Fetch(GET, CERTIFICATE))


def test_a_code_is_asked_for_again_with_another_interval_alone():
    first = commands.Verify("https://a/", "CODE", "https://a/?CODE", 5)
    assert first.every(10) == commands.Verify("https://a/", "CODE", "https://a/?CODE", 10)


def test_a_latch_wakes_each_waiter_once():
    latch, woken = commands.Latch(), []
    latch.then(lambda: woken.append("a"))
    latch.then(lambda: woken.append("b"))
    assert (latch.over, woken) == (False, [])
    latch.end()
    latch.end()
    assert (latch.over, woken) == (True, ["a", "b"])
