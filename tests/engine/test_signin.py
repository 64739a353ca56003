"""One sign-in for everyone who waits, with a bound; nobody is asked twice in a row, and nobody where nobody may be asked."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from tests.ambients import Clock
from tests.configurations import Vending, credential, ruleset
from tests.hearing import Hearing

from authwright.engine.engine import Engine
from authwright.engine.signin import SignIns
from authwright.errors import AuthwrightError, InteractionRequired
from authwright.flow.bases import GrantBase
from authwright.flow.commands import authorize, listen
from authwright.flow.token import Token
from authwright.message import Request
from authwright.record.events import Ended, SignInBegan
from authwright.record.recorder import Recorder
from authwright.schemes.oauth2 import OAuth2
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.store import Label
from authwright.tokens.stores.memory import MemoryStore

BOX = Label("box", "dev", "asking", "https://as.example")
NEEDED = InteractionRequired("Nobody has signed in yet.")


@dataclass(frozen=True)
class Asking(GrantBase):
    """A grant that needs a person each time."""

    grant: ClassVar[str] = "asking"
    interactive: ClassVar[bool] = True
    token_type: ClassVar[str] = "Bearer"
    dpop: ClassVar[bool] = False
    key: str = "asking"
    authorization_server: str = "https://as.example"

    def obtain(self, previous, ambient):
        raise NEEDED
        yield

    def sign_in(self, ambient, *, device=False):
        uri = yield from listen("http://127.0.0.1/callback")
        came = yield from authorize("https://as.example/authorize", uri, "s")
        return Token(Secret(came["code"]))


class Desk:
    """Where people are asked; each sign-in goes on when ``come`` is set, and fails with ``error``."""

    def __init__(self):
        self.asked, self.error = [], None
        self.began, self.come = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def open(self, label):
        self.asked.append(label)
        yield self

    async def listen(self, redirect_uri):
        return "http://127.0.0.1:4000/callback"

    async def authorize(self, asked):
        self.began.set()
        await self.come.wait()
        if self.error:
            raise self.error
        return {"code": f"t{len(self.asked)}"}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
async def engine(desk, clock):
    broker = Broker(MemoryStore(), clock)
    made = Engine(None, broker, clock, desk.open)
    yield made
    await made.sign_ins.close()
    await broker.close()


def begin(engine):
    rules = ruleset(credential(OAuth2(grant=Asking())))
    request = Request.of("GET", "https://api.example.com/things")
    exchange = engine.begin(rules, rules.plan(request), request)
    exchange.start()
    return asyncio.create_task(exchange.wait())


async def test_every_request_waits_for_the_one_sign_in_and_leaves_with_its_token(engine, desk):
    waiting = [begin(engine) for _ in range(20)]
    await asyncio.sleep(0)
    desk.come.set()
    left = await asyncio.gather(*waiting)
    assert {request.headers.get("Authorization") for request in left} == {"Bearer t1"}
    assert [label.credential for label in desk.asked] == ["cred"]
    assert (await begin(engine)).headers.get("Authorization") == "Bearer t1"
    assert len(desk.asked) == 1


async def test_a_request_that_goes_away_takes_no_sign_in_with_it(engine, desk):
    first, second = begin(engine), begin(engine)
    await desk.began.wait()
    first.cancel()
    desk.come.set()
    assert (await second).headers.get("Authorization") == "Bearer t1"


async def test_a_request_waits_with_a_bound_and_the_sign_in_goes_on_without_it(desk, clock):
    sign_ins = SignIns(desk.open, clock, request_waits=0.01)

    async def sign_in(grant, label, agent):
        await agent.authorize(None)
        return Token(Secret("t"))

    with pytest.raises(InteractionRequired, match="Nobody has signed in for box yet"):
        await sign_ins.token(Asking(), BOX, NEEDED, sign_in)
    desk.come.set()
    assert (await sign_ins.token(Asking(), BOX, NEEDED, sign_in)).access_token == Secret("t")
    assert len(desk.asked) == 1


async def test_whoever_said_no_is_left_alone_for_a_while(engine, desk, clock):
    desk.error, _ = AuthwrightError("They said no."), desk.come.set()
    for _ in range(2):
        with pytest.raises(InteractionRequired, match="They said no") as caught:
            await begin(engine)
        assert (caught.value.code, caught.value.hint) == ("login_required", "authwright --env dev login cred")
    assert len(desk.asked) == 1
    clock.at += timedelta(seconds=31)
    desk.error = None
    assert (await begin(engine)).headers.get("Authorization") == "Bearer t2"


async def test_where_nobody_may_be_asked_the_request_ends_with_what_to_type(clock):
    broker = Broker(MemoryStore(), clock)
    with pytest.raises(InteractionRequired, match="Nobody has signed in yet") as caught:
        await begin(Engine(None, broker, clock))
    assert caught.value.hint == "authwright --env dev login cred"
    await broker.close()


async def test_a_grant_that_knows_no_person_asks_none(desk, clock):
    with pytest.raises(InteractionRequired):
        await SignIns(desk.open, clock).token(Vending(), BOX, NEEDED, None)
    assert desk.asked == []


async def test_when_the_proxy_ends_who_waits_is_told_and_nobody_is_asked_any_more(engine, desk):
    waiting = begin(engine)
    await desk.began.wait()
    await engine.sign_ins.close()
    with pytest.raises(InteractionRequired, match="shutting down"):
        await waiting
    with pytest.raises(InteractionRequired):
        await engine.sign_ins.token(Asking(), BOX, NEEDED, engine.sign_in)
    assert len(desk.asked) == 1


@pytest.mark.parametrize(
    ("label", "command"),
    [
        (Label("box", "", "g", "s"), "authwright login box"),
        (Label("box", "prod", "g", "s"), "authwright --env prod login box"),
        (Label("my box; rm", "", "g", "s"), "authwright login 'my box; rm'"),
    ],
)
def test_the_command_can_be_typed_as_it_is(label, command):
    assert label.login_command == command


@pytest.mark.parametrize("error", [None, AuthwrightError("They said no.", code="no")])
async def test_a_listener_that_wants_everything_hears_of_a_sign_in(engine, desk, error):
    hearing = Hearing()
    engine.recorder = Recorder(hearing)
    desk.error, _ = error, desk.come.set()
    await asyncio.wait((task := begin(engine),))
    (events,) = hearing.exchanges
    assert (task.exception() is None) == (error is None)
    assert (events[0], events[-1]) == (
        SignInBegan("cred", "dev", Asking.grant, Asking().authorization_server, engine.ambient.now()),
        Ended(engine.ambient.now(), error),
    )
