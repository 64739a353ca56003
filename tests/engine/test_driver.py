"""A grant's commands are carried out one after the other; what cannot be done is raised in its flow."""

import asyncio

import pytest
from tests.ambients import Clock

from authwright.engine import driver
from authwright.engine.driver import UNATTENDED, run_grant
from authwright.errors import AuthwrightError, InteractionRequired, TransportError
from authwright.flow.commands import Await, Forward, Latch, compute, fetch, listen, note
from authwright.message import Request, Response
from authwright.outbound.fetching import Fetcher
from authwright.record.events import unheard

REQUEST = Request.of("GET", "https://as.example/")


class Server:
    """Answers each request, or fails."""

    def __init__(self, answer):
        self.answer = answer

    async def send(self, request, certificate=None):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def run(flow, answer=None, heard=unheard, **more):
    return run_grant(Fetcher(Server(answer), Clock()), flow, heard, **more)


async def test_a_fetch_is_answered_and_told():
    heard = []

    def flow():
        response = yield from fetch(REQUEST)
        yield from note("note", "is not told here")
        return response.status

    assert await run(flow(), Response(204), heard.append) == 204
    assert [(asked.request, asked.response.status) for asked in heard] == [(REQUEST, 204)]


async def test_a_failure_is_raised_in_the_flow_which_may_go_on():
    def flow():
        try:
            yield from fetch(REQUEST)
        except TransportError as error:
            return error.message
        return "answered"

    assert await run(flow(), TransportError("gone")) == "gone"


async def test_work_is_done_outside_the_event_loop():
    def flow():
        def work():
            with pytest.raises(RuntimeError):
                asyncio.get_running_loop()
            return 7

        return (yield from compute(work))

    assert await run(flow()) == 7


async def test_where_no_person_may_be_asked_a_sign_in_fails():
    with pytest.raises(InteractionRequired):
        await run(listen("http://127.0.0.1/"), agent=UNATTENDED)


async def test_a_latch_that_never_ends_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(driver, "PATIENCE", 0.01)

    def flow():
        yield Await(Latch())
        return "went on"

    assert await run(flow()) == "went on"


async def test_a_grant_cannot_forward_a_clients_request():
    def flow():
        yield Forward(REQUEST)

    with pytest.raises(AuthwrightError, match="cannot ask for Forward"):
        await run(flow())
