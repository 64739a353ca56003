"""A server that refuses a time shows its own, and is believed within reason."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from authwright.message import Headers, Response
from authwright.wire.aws.clock import ServerClock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def answer(status, ahead, date=None):
    value = format_datetime(NOON + ahead, usegmt=True) if date is None else date
    return Response(status, Headers((("Date", value),)))


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("ahead", [timedelta(hours=7), timedelta(hours=-30), timedelta(minutes=5)])
def test_a_refusal_at_another_time_corrects_it_once(status, ahead):
    clock = ServerClock()
    assert (clock.corrected(answer(status, ahead), NOON), clock.time(NOON)) == (True, NOON + ahead)
    assert clock.corrected(answer(status, ahead), NOON) is False


def test_a_clock_that_is_set_right_in_between_is_followed():
    clock = ServerClock(timedelta(hours=7))
    assert (clock.corrected(answer(403, timedelta(0)), NOON), clock.time(NOON)) == (True, NOON)


@pytest.mark.parametrize(
    "response",
    [
        answer(403, timedelta(minutes=3)),
        answer(200, timedelta(hours=7)),
        answer(404, timedelta(hours=7)),
        answer(403, timedelta(days=36_000)),
        answer(403, timedelta(0), "yesterday"),
        answer(403, timedelta(0), ""),
        Response(403),
    ],
)
def test_anything_else_corrects_nothing(response):
    clock = ServerClock()
    assert (clock.corrected(response, NOON), clock.ahead) == (False, timedelta(0))
