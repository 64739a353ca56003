"""A queue before a slow listener holds no request up, is bounded, and tells what was lost."""

import threading

from tests.ambients import NOON
from tests.record.listeners import EVENTS, PATIENCE, Hearing, hearing

from authwright.message import Request
from authwright.record.events import Sent
from authwright.record.queued import Queued
from authwright.record.recorder import Recorder


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
