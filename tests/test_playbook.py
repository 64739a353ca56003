"""The screenplay itself must be able to fail."""

import pytest
from tests.playbook import Playbook

from authwright.flow.commands import Fetch, Note
from authwright.message import Request, Response


def two_steps():
    yield Note("a", "b")
    first = yield Fetch(Request.of("GET", "https://a.example/1"))
    second = yield Fetch(Request.of("GET", f"https://a.example/{first.status}"))
    return second.status


ONE, TWO = Fetch(Request.of("GET", "https://a.example/1")), Fetch(Request.of("GET", "https://a.example/201"))


def test_it_is_followed_to_the_end_without_its_notes():
    play = Playbook(two_steps()) << ONE >> Response(201) << TWO >> Response(204)
    assert play.ends() == 204


def test_a_note_is_heard_where_it_is_named():
    play = Playbook(two_steps()) << Note("a", "b") << ONE >> Response(201) << TWO >> Response(204)
    assert play.ends() == 204


def test_another_question_is_shown_line_by_line():
    with pytest.raises(AssertionError, match=r"(?s)- .*target: '/201'.*\+ .*target: '/1'"):
        Playbook(two_steps()) << TWO


def test_a_flow_that_ends_too_early_fails():
    with pytest.raises(AssertionError, match="ended too early, with 200"):
        Playbook(two_steps()) << ONE >> Response(201) << TWO >> Response(200) << ONE


def test_a_flow_that_does_not_end_fails():
    with pytest.raises(AssertionError, match="should have ended"):
        (Playbook(two_steps()) << ONE >> Response(201)).ends()
