"""A scheme may ask before it sends, and wait for what another request asks."""

import asyncio
import threading
from dataclasses import dataclass
from typing import ClassVar

import pytest
from tests.ambients import Clock
from tests.configurations import credential, ruleset

from authwright.engine.engine import Engine
from authwright.engine.exchange import WAITING
from authwright.errors import AuthwrightError
from authwright.flow.bases import SchemeBase
from authwright.flow.commands import Await, Latch, compute, forward
from authwright.message import Place, Request, Response
from authwright.tokens.broker import Broker
from authwright.tokens.stores.memory import MemoryStore

GET = Request.of("GET", "https://api.example.com/things")
UPLOAD = Request("PUT", GET.origin, "/up", streamed=True)


@pytest.fixture
async def engine():
    broker = Broker(MemoryStore(), Clock())
    yield Engine(None, broker, Clock())
    await broker.close()


@dataclass(frozen=True)
class Asking(SchemeBase):
    """A scheme that asks before an upload, with *question*, and then sends it, or does not."""

    question: Request
    goes_on: bool = True
    type: ClassVar[str] = "asking"
    places: ClassVar[tuple[Place, ...]] = ()

    def reads_body(self, request):
        return False

    def authorize(self, request, ambient):
        yield from forward(self.question)
        if self.goes_on:
            yield from forward(request)


def asking(engine, question, **more):
    cred = credential(Asking(question, **more))
    cred.scheme()
    rules = ruleset(cred, retry=False)
    return engine.begin(rules, rules.plan(UPLOAD), UPLOAD)


HEAD = Request("HEAD", GET.origin, "/up")


async def test_a_probe_is_answered_whatever_its_status_and_is_no_second_try(engine):
    exchange = asking(engine, HEAD)
    assert exchange.start() == HEAD
    assert exchange.expects(200)
    assert exchange.answer(Response(200), replayable=False) == UPLOAD
    assert not exchange.expects(200)
    assert exchange.answer(Response(201), replayable=False) is None


async def test_a_probe_whose_request_is_never_sent_is_an_error(engine):
    exchange = asking(engine, HEAD, goes_on=False)
    exchange.start()
    with pytest.raises(AuthwrightError):
        exchange.answer(Response(200))
    assert exchange.trace.error is not None


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_probe_cannot_be_another_request(engine, method):
    with pytest.raises(AuthwrightError):
        asking(engine, Request(method, GET.origin, "/up")).start()


@pytest.mark.parametrize("ends", [True, False], ids=["it is over", "it takes too long"])
async def test_a_request_waits_for_what_another_asks(engine, monkeypatch, ends):
    monkeypatch.setattr("authwright.engine.driver.PATIENCE", 30.0 if ends else 0.01)
    turn = Latch()

    class Waiting(Asking):
        def authorize(self, request, ambient):
            yield Await(turn)
            yield from forward(request)

    cred = credential(Waiting(HEAD))
    cred.scheme()
    rules = ruleset(cred)
    exchange = engine.begin(rules, rules.plan(GET), GET)
    assert exchange.start() is WAITING
    waited = asyncio.ensure_future(exchange.wait())
    await asyncio.sleep(0)
    if ends:
        turn.end()
    assert await waited == GET
    turn.end()
    assert engine.begin(rules, rules.plan(GET), GET).start() == GET


@dataclass(frozen=True)
class Working(Asking):
    """A scheme that has something computed which may block."""

    def authorize(self, request, ambient):
        thread = yield from compute(threading.get_ident)
        yield from forward(request.with_header("X-Thread", str(thread)))


async def test_what_may_block_is_done_on_another_thread(engine):
    cred = credential(Working(HEAD))
    cred.scheme()
    rules = ruleset(cred)
    exchange = engine.begin(rules, rules.plan(GET), GET)
    assert exchange.start() is WAITING
    assert (await exchange.wait()).headers.get("X-Thread") != str(threading.get_ident())


async def test_what_fails_there_is_the_requests_own_error(engine):
    @dataclass(frozen=True)
    class Failing(Asking):
        def authorize(self, request, ambient):
            yield from compute(no_ticket)

    def no_ticket():
        raise AuthwrightError("There is no ticket.", code="no_ticket")

    cred = credential(Failing(HEAD))
    cred.scheme()
    rules = ruleset(cred)
    exchange = engine.begin(rules, rules.plan(GET), GET)
    exchange.start()
    with pytest.raises(AuthwrightError):
        await exchange.wait()
    assert exchange.trace.error.code == "no_ticket"
