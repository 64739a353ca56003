"""A request that leaves as it came: its lines go out, no answer matters, and its events are made when asked for."""

import pytest
from tests.ambients import NOON

from authwright.engine.authorised import Bare
from authwright.message import Response

LINES = b"Accept: */*\r\n"


def bare(told=None):
    def tell(response, at):
        (told if told is not None else []).append((response, at))
        return ()

    return Bare(LINES, tell)


def test_its_own_lines_leave():
    assert (bare().start(), bare().replays) == (LINES, False)


@pytest.mark.parametrize("status", [200, 401, 407, 500])
def test_no_answer_is_shown_to_it(status):
    assert not bare().expects(status)


def test_its_events_are_made_of_the_response_that_the_client_got():
    told, response = [], Response(204)
    request = bare(told)
    assert told == []
    request.delivered(response, NOON)
    request.events_for(None)
    assert told == [(response, NOON)]


def test_a_step_that_only_a_flow_has_is_a_mistake_of_the_carrier():
    for step in (lambda: bare().with_body(b""), lambda: bare().answer(Response(401)), lambda: bare().request):
        with pytest.raises(NotImplementedError):
            step()
