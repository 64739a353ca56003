"""Listeners hear what they want to know, and none of them harms a request or another listener."""

import logging
import threading
from dataclasses import dataclass, field

import pytest
from tests.ambients import NOON

from authwright.errors import AuthwrightError
from authwright.message import Request
from authwright.record.events import Asked, Began, Ended, Sent
from authwright.record.queued import Queued
from authwright.record.recorder import UNHEARD, Level, Recorder, TraceListener

EVENTS = (Began(Request.of("GET", "https://a.example/"), NOON), Ended(NOON))
PATIENCE = 10


@dataclass
class Hearing:
    """Keeps what it hears; may be held back, or fail."""

    level: Level = Level.OUTCOMES
    everything: bool = False
    error: Exception | None = None
    heard_: list = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def heard(self, events):
        self.begun.set()
        assert self.gate.wait(PATIENCE)
        if self.error:
            raise self.error
        self.heard_.append(events)

    def lost(self, count):
        self.heard_.append(count)

    def close(self):
        self.closed = True


def hearing(**given):
    made = Hearing(**given)
    made.gate.set()
    return made


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


def test_a_slow_listener_holds_nobody_up_and_hears_what_it_missed():
    slow, other = Hearing(), hearing()
    queued = Queued(slow, most=2)
    recorder = Recorder(queued, other)
    recorder.tell((1,))
    assert slow.begun.wait(PATIENCE)
    for number in range(2, 7):  # two of them fit into the queue
        recorder.tell((number,))
    assert len(other.heard_) == 6
    slow.gate.set()
    recorder.close()
    assert slow.heard_ == [(1,), 3, (2,), (3,)]


def test_bodies_that_wait_have_a_bound_of_their_own():
    slow = Hearing()
    queued = Queued(slow, heaviest=100)
    queued.heard(())
    assert slow.begun.wait(PATIENCE)
    heavy = (Sent(Request.of("POST", "https://a.example/", body=b"x" * 60), NOON),)
    for events in (heavy, heavy, EVENTS):
        queued.heard(events)
    slow.gate.set()
    queued.close()
    assert slow.heard_ == [(), 1, heavy, EVENTS]


def test_what_is_lost_last_is_heard_at_the_end():
    slow = Hearing()
    queued = Queued(slow, most=1)
    queued.heard((1,))
    assert slow.begun.wait(PATIENCE)
    queued.lost(5)
    slow.gate.set()
    queued.close()
    assert (slow.heard_, slow.closed) == ([(1,), 5], True)
    queued.heard((2,))
    assert slow.heard_ == [(1,), 5]


def test_a_listener_that_never_comes_back_does_not_keep_the_proxy_from_ending(monkeypatch):
    monkeypatch.setattr("authwright.record.queued._PATIENCE", 0.05)
    stuck = Hearing()
    queued = Queued(stuck)
    queued.heard((1,))
    assert stuck.begun.wait(PATIENCE)
    queued.close()
    assert stuck.heard_ == []
    stuck.gate.set()


def test_a_queue_that_heard_nothing_has_no_thread():
    before = threading.active_count()
    Queued(hearing()).close()
    assert threading.active_count() == before


def test_a_trace_listener_is_given_the_fold():
    traces = []
    Recorder(TraceListener(traces.append)).tell((EVENTS[0], Ended(NOON, AuthwrightError("no", code="c"))), failed=True)
    assert [(trace.request, trace.error.code) for trace in traces] == [(EVENTS[0].request, "c")]
