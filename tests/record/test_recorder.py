"""Listeners hear what they want to know, and none of them harms a request or another listener."""

import logging

import pytest
from tests.ambients import NOON
from tests.record.listeners import EVENTS, hearing

from authwright.errors import AuthwrightError
from authwright.message import Request
from authwright.record.events import Asked, Ended
from authwright.record.queued import Queued
from authwright.record.recorder import UNHEARD, Level, Recorder, TraceListener


@pytest.mark.parametrize(
    ("level", "everything", "failed", "aside", "told"),
    [
        (Level.NOTHING, False, False, False, False),
        (Level.NOTHING, False, True, False, True),
        (Level.NOTHING, True, False, True, False),
        (Level.OUTCOMES, False, False, False, True),
        (Level.OUTCOMES, False, False, True, False),
        (Level.OUTCOMES, False, True, True, True),
        (Level.OUTCOMES, True, False, True, True),
    ],
)
def test_a_listener_hears_what_it_asked_for(level, everything, failed, aside, told):
    listener = hearing(level=level, everything=everything)
    recorder = Recorder(listener)
    recorder.tell(EVENTS, failed=failed, aside=aside)
    assert (listener.heard_ == [EVENTS], recorder.wants(failed=failed, aside=aside)) == (told, told)


def test_the_recorder_wants_what_the_most_curious_listener_wants():
    recorder = Recorder(hearing(level=Level.NOTHING), hearing(level=Level.EXCHANGES, everything=True), hearing())
    assert (recorder.level, recorder.everything) == (Level.EXCHANGES, True)
    assert (UNHEARD.level, UNHEARD.everything, UNHEARD.wants(failed=True)) == (Level.NOTHING, False, False)


@pytest.mark.parametrize(("level", "body"), [(Level.OUTCOMES, b""), (Level.EXCHANGES, b"client_secret=x")])
def test_a_request_of_ours_is_kept_whole_only_where_a_listener_wants_that(level, body):
    asked = Asked(Request.of("POST", "https://as.example/token", body=b"client_secret=x"), None, NOON, 1.0)
    assert Recorder(hearing(level=level)).fitting(asked).request.body == body


@pytest.mark.parametrize("queued", [False, True])
def test_a_listener_that_fails_keeps_nothing_from_the_others(queued, caplog):
    failing, other = hearing(error=RuntimeError("s3cret")), hearing()
    recorder = Recorder(Queued(failing) if queued else failing, other)
    with caplog.at_level(logging.ERROR):
        recorder.tell(EVENTS)
        recorder.tell(EVENTS)
        recorder.close()
    assert (other.heard_, failing.closed, other.closed) == ([EVENTS, EVENTS], True, True)
    assert [record.getMessage() for record in caplog.records] == ["an exchange could not be reported: RuntimeError"] * 2


def test_a_trace_listener_is_given_the_fold():
    traces = []
    Recorder(TraceListener(traces.append)).tell((EVENTS[0], Ended(NOON, AuthwrightError("no", code="c"))), failed=True)
    assert [(trace.request, trace.error.code) for trace in traces] == [(EVENTS[0].request, "c")]
