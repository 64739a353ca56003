"""A body that passes is told by its first bytes, its length and its digest, at its place among the events."""

import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ambients import NOON, Clock

from authwright.message import Request, Response
from authwright.record.bodies import FIRST_BYTES, PassingBodies, PassingBody, merged
from authwright.record.events import Answered, Began, BodyPassed, BodyRead, Ended, Sent, Waited, weight
from authwright.record.trace import Trace

REQUEST = Request.of("POST", "https://a.example/")
CANARY = b"s3cr3t-canary"


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def passed(side="request", at=NOON, content=b"abc"):
    return BodyPassed(side, content, len(content), hashlib.sha256(content).hexdigest(), True, at)


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(0, 100), st.booleans())
def test_a_body_is_told_alike_however_it_was_cut(pieces, most, whole):
    body, content = PassingBody("response", Clock().now, most), b"".join(pieces)
    for piece in pieces:
        body.take(piece)
    if whole:
        body.end()
    told = body.event()
    digest = hashlib.sha256(content).hexdigest()
    assert told == BodyPassed("response", content[:most], len(content), digest, whole, NOON)


def test_no_more_than_the_first_bytes_are_kept():
    body = PassingBody("request", Clock().now)
    for _ in range(3):
        body.take(b"x" * FIRST_BYTES)
    assert (len(body.event().content), body.event().length) == (FIRST_BYTES, 3 * FIRST_BYTES)


def test_a_body_ended_when_its_last_byte_passed_and_a_torn_one_when_it_is_told():
    clock = Clock()
    whole, torn = PassingBody("request", clock.now), PassingBody("response", clock.now)
    whole.end()
    clock.move(5)
    assert (whole.event().at, torn.event().at) == (NOON, after(5))


def test_nothing_of_a_body_is_shown():
    shown = repr(passed(content=CANARY))
    assert CANARY.decode() not in shown
    assert hashlib.sha256(CANARY).hexdigest() not in shown
    assert "length=13" in shown


def test_a_body_weighs_what_is_kept_of_it():
    assert weight([BodyPassed("request", b"abc", 1 << 30, "", True, NOON)]) == 3


def test_bodies_stand_where_they_ended():
    events = [Began(REQUEST, NOON), Sent(REQUEST, after(1)), Waited(1.0), Answered(Response(200), after(3)), Ended(after(9))]
    response, request = passed("response", after(4)), passed("request", after(2))
    began, sent, waited, answered, ended = events
    assert merged(events, [response, request]) == [began, sent, waited, request, answered, response, ended]


def test_bodies_of_one_moment_with_an_event_follow_it():
    events = [Began(REQUEST, NOON), Sent(REQUEST, NOON)]
    assert merged(events, [passed(), passed("response")]) == [*events, passed(), passed("response")]


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_events_keep_their_order_and_none_is_lost(moments, ends):
    events = [Sent(REQUEST, after(at)) for at in sorted(moments)]
    told = merged(events, [passed(at=after(at)) for at in ends])
    assert [event for event in told if isinstance(event, Sent)] == events
    assert [event.at for event in told] == sorted(after(at) for at in moments + ends)


@pytest.mark.parametrize(("read", "sides"), [(False, ["request", "response"]), (True, ["response"])])
def test_a_body_that_was_read_to_be_signed_is_told_once(read, sides):
    bodies = PassingBodies(Clock().now)
    for side in ("request", "response"):
        bodies.begin(side).take(b"abc")
    events = [Began(REQUEST, NOON), *([BodyRead(REQUEST.with_body(b"abc"), NOON)] if read else [])]
    assert [event.side for event in bodies.among(events) if isinstance(event, BodyPassed)] == sides


def test_a_trace_is_the_same_with_bodies_and_without():
    events = [Began(REQUEST, NOON), Sent(REQUEST, NOON), Ended(NOON)]
    assert Trace.of(merged(events, [passed(), passed("response")])) == Trace.of(events)
