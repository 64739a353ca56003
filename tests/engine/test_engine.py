"""Commands become effects in order, at once where they can, and never after an error."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

import pytest
from tests.ambients import Clock
from tests.configurations import Origin, Spy, Vending, credential, ruleset
from tests.hearing import Hearing

from authwright.engine.engine import Engine
from authwright.engine.exchange import BODY, MAX_SENDS, WAITING
from authwright.errors import AuthwrightError, InteractionRequired, RemoteError, RequestError, SecretError, TransportError
from authwright.flow.bases import GrantBase, SchemeBase
from authwright.flow.commands import Fetch, Forward, GetToken, Note
from authwright.flow.token import Token
from authwright.message import Headers, Place, Request, Response
from authwright.record.events import Asked
from authwright.record.recorder import Recorder
from authwright.rules.binding import Binding, on_host
from authwright.schemes.basic import Basic
from authwright.schemes.bearer import Bearer
from authwright.schemes.oauth2 import OAuth2
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.store import Label
from authwright.tokens.stores.memory import MemoryStore

GET = Request.of("GET", "https://api.example.com/things", [("Accept", "*/*")])


@pytest.fixture
def origin():
    return Origin()


@pytest.fixture
async def engine(origin):
    broker = Broker(MemoryStore(), Clock())
    yield Engine(origin, broker, Clock())
    await broker.close()


def begin(engine, rules, request=GET, *, streaming=False):
    return engine.begin(rules, rules.plan(request), request, streaming=streaming)


async def stepped(step, exchange):
    return await exchange.wait() if step is WAITING else step


async def test_a_ready_credential_never_waits(engine):
    cred = credential(Bearer(token=Secret("t")))
    cred.scheme()
    exchange = begin(engine, ruleset(cred))
    assert exchange.start() == GET.with_header("Authorization", "Bearer t")
    assert exchange.answer(Response(200)) is None


async def test_secrets_are_read_off_the_event_loop_once(engine):
    spy = Spy()
    rules = ruleset(credential(Bearer(token=Secret("t")), spy=spy))
    first, second = begin(engine, rules), begin(engine, rules)
    assert first.start() is WAITING
    assert await first.wait() == GET.with_header("Authorization", "Bearer t")
    assert second.start() == GET.with_header("Authorization", "Bearer t")
    assert spy.reads == 1


async def test_a_secret_that_is_missing_is_tried_again_next_time(engine):
    spy = Spy(error=SecretError("TOKEN is not set."))
    rules = ruleset(credential(Bearer(token=Secret("t")), spy=spy))
    exchange = begin(engine, rules)
    exchange.start()
    with pytest.raises(SecretError):
        await exchange.wait()
    assert exchange.trace.error.code == "secret_unavailable"
    assert exchange.trace.forwards == ()
    spy.error = None
    exchange = begin(engine, rules)
    assert (await stepped(exchange.start(), exchange)).headers.get("Authorization") == "Bearer t"


async def test_a_token_is_fetched_once_and_then_cached(engine, origin):
    rules = ruleset(credential(OAuth2(grant=Vending())))
    first = begin(engine, rules)
    assert (await stepped(first.start(), first)).headers.get("Authorization") == "Bearer t1"
    second = begin(engine, rules)
    assert second.start().headers.get("Authorization") == "Bearer t1"
    assert (len(origin.asked), first.trace.token_source, second.trace.token_source) == (1, "fetched", "cached")
    assert first.trace.fetches[0].startswith("POST https://as.example/token: 200 in ")


async def test_a_rejected_token_is_replaced_and_the_request_sent_again(engine, origin):
    rules = ruleset(credential(OAuth2(grant=Vending())))
    exchange = begin(engine, rules)
    await stepped(exchange.start(), exchange)
    again = await stepped(exchange.answer(Response(401)), exchange)
    assert again.headers.get("Authorization") == "Bearer t2"
    assert exchange.answer(Response(200)) is None
    assert (exchange.trace.statuses, len(exchange.trace.forwards), len(origin.asked)) == ((401, 200), 2, 2)


async def test_fifty_rejections_of_one_token_cost_one_request(engine, origin):
    rules = ruleset(credential(OAuth2(grant=Vending())))
    exchanges = [begin(engine, rules) for _ in range(50)]
    await asyncio.gather(*(stepped(exchange.start(), exchange) for exchange in exchanges))
    again = await asyncio.gather(*(stepped(exchange.answer(Response(401)), exchange) for exchange in exchanges))
    assert {request.headers.get("Authorization") for request in again} == {"Bearer t2"}
    assert len(origin.asked) == 2


async def test_a_rejection_is_the_clients_when_the_rule_says_no_retry(engine, origin):
    exchange = begin(engine, ruleset(credential(OAuth2(grant=Vending())), retry=False))
    await stepped(exchange.start(), exchange)
    assert exchange.answer(Response(401)) is None
    assert len(origin.asked) == 1


async def test_a_request_that_cannot_be_sent_again_still_gets_the_next_one_a_new_token(engine, origin):
    rules = ruleset(credential(OAuth2(grant=Vending())))
    exchange = begin(engine, rules)
    await stepped(exchange.start(), exchange)
    assert exchange.answer(Response(401), replayable=False) is None
    following = begin(engine, rules)
    assert (await engine.token(rules, rules.rules[0].credential, Token(Secret("t1")))).access_token == Secret("t2")
    assert following.start().headers.get("Authorization") == "Bearer t2"
    assert len(origin.asked) == 2


async def test_an_answer_that_rejects_nothing_costs_no_token(engine, origin):
    exchange = begin(engine, ruleset(credential(OAuth2(grant=Vending()))))
    await stepped(exchange.start(), exchange)
    assert exchange.answer(Response(200), replayable=False) is None
    assert len(origin.asked) == 1


async def test_a_token_endpoint_out_of_reach_sends_nothing(engine, origin):
    origin.error = TransportError("as.example cannot be reached.")
    exchange = begin(engine, ruleset(credential(OAuth2(grant=Vending()))))
    with pytest.raises(TransportError):
        await stepped(exchange.start(), exchange)
    assert exchange.trace.forwards == ()
    assert exchange.answer(Response(200)) is None


class Endless(SchemeBase):
    type = "endless"
    places = ()

    def reads_body(self, request):
        return False

    def authorize(self, request, ambient):
        while True:
            yield Forward(request)


async def test_nothing_is_sent_more_than_three_times(engine):
    cred = credential(Endless())
    cred.scheme()
    exchange = begin(engine, ruleset(cred))
    sends = 1 if exchange.start() else 0
    while exchange.answer(Response(401)) is not None:
        sends += 1
    assert sends == MAX_SENDS == 3


class Scripted(SchemeBase):
    """A scheme that asks what it is told to ask."""

    type = "scripted"
    places = (Place("header", "Authorization"),)

    def __init__(self, *commands):
        self.commands = commands

    def reads_body(self, request):
        return request.method == "POST"

    def authorize(self, request, ambient):
        for command in self.commands:
            if isinstance(command, Exception):
                raise command
            yield command


POST = replace(GET, method="POST")


async def test_the_body_is_asked_for_when_the_scheme_reads_it(engine):
    whole = replace(POST, body=b"all of it")
    cred = credential(Scripted(Forward(whole)))
    cred.scheme()
    exchange = begin(engine, ruleset(cred), POST, streaming=True)
    assert exchange.start() is BODY
    assert exchange.start_whole(whole) == whole
    assert exchange.trace.request == whole


async def test_the_body_is_asked_for_once_the_secrets_are_read(engine):
    exchange = begin(engine, ruleset(credential(Scripted(Forward(POST)))), POST, streaming=True)
    assert exchange.start() is WAITING
    assert await exchange.wait() is BODY
    assert exchange.start_whole(POST) == POST


@pytest.mark.parametrize(("request_", "streaming"), [(GET, True), (POST, False)])
async def test_no_body_is_asked_for_that_is_not_read_or_there_already(engine, request_, streaming):
    cred = credential(Scripted(Forward(request_)))
    cred.scheme()
    assert begin(engine, ruleset(cred), request_, streaming=streaming).start() == request_


async def test_a_request_that_is_refused_is_so_before_its_body_is_read(engine):
    plain = Request.of("POST", "http://api.example.com/things")
    cred = credential(Scripted(Forward(plain)))
    cred.scheme()
    with pytest.raises(RequestError) as caught:
        begin(engine, ruleset(cred), plain, streaming=True).start()
    assert caught.value.code == "plaintext"


class Judge(Scripted):
    """A scheme that looks at any answer, and takes only 204."""

    def authorize(self, request, ambient):
        response = yield Forward(request, judges=True)
        if response.status != 204:
            raise RemoteError("no", code="server_authorization")


@pytest.mark.parametrize("retry", [True, False])
@pytest.mark.parametrize("replayable", [True, False])
async def test_an_answer_that_is_judged_is_shown_before_the_client_sees_it(engine, retry, replayable):
    cred = credential(Judge())
    cred.scheme()
    good, bad = (begin(engine, ruleset(cred, retry=retry)) for _ in range(2))
    assert (good.start(), bad.start()) == (GET, GET)
    assert good.expects(204)
    assert good.answer(Response(204), replayable=replayable) is None
    with pytest.raises(RemoteError) as caught:
        bad.answer(Response(200), replayable=replayable)
    assert bad.trace.error is caught.value


async def test_an_answer_that_is_not_judged_is_the_clients_unless_it_is_an_error(engine):
    cred = credential(Scripted(Forward(GET)))
    cred.scheme()
    exchange = begin(engine, ruleset(cred))
    exchange.start()
    assert [exchange.expects(status) for status in (200, 302, 401)] == [False, False, True]


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        ([Forward(GET.with_header("Authorization", "a\r\nX: y"))], "malformed_head"),
        ([Forward(GET.with_header("A b", "c"))], "malformed_head"),
        ([Forward(GET.with_target("/ "))], "malformed_head"),
        ([Forward(Request.of("GET", "https://evil.example/things"))], "internal_error"),
        ([Forward(Request.of("POST", "https://api.example.com/things"))], "internal_error"),
        ([Note("label", "text"), RequestError("no", code="request_refused")], "request_refused"),
    ],
)
async def test_what_must_not_leave_does_not(engine, commands, code):
    cred = credential(Scripted(*commands))
    cred.scheme()
    exchange = begin(engine, ruleset(cred))
    with pytest.raises(AuthwrightError) as caught:
        exchange.start()
    assert (caught.value.code, exchange.trace.forwards) == (code, ())


async def test_a_fetch_of_a_scheme_is_answered(engine, origin):
    cred = credential(Scripted(Fetch(Request.of("GET", "https://as.example/nonce")), Forward(GET)))
    cred.scheme()
    exchange = begin(engine, ruleset(cred))
    assert await stepped(exchange.start(), exchange) == GET
    assert [request.url for request in origin.asked] == ["https://as.example/nonce"]


async def test_notes_are_kept_and_hidden_things_are_hidden(engine):
    secret = Secret("pass-word")
    cred = credential(Basic(username="u", password=secret), secrets=["pass-word"])
    cred.scheme()
    exchange = begin(engine, ruleset(cred))
    exchange.start()
    shown = str(exchange.trace.to_json())
    assert "pass-word" not in shown
    assert "dTpwYXNzLXdvcmQ=" not in shown
    assert "dTpwYXNzLXdvcmQ=" in str(exchange.trace.to_json(reveal=True))
    assert "pass-word" not in repr(exchange.trace)


async def test_the_clients_own_credential_is_replaced(engine):
    cred = credential(Bearer(token=Secret("ours")))
    cred.scheme()
    mine = Request.of("GET", GET.url, [("authorization", "mine"), ("AUTHORIZATION", "mine too")])
    sent = begin(engine, ruleset(cred), mine).start()
    assert sent.headers == Headers.of([("Authorization", "Bearer ours")])


async def test_the_clients_own_credential_is_kept_when_the_rule_says_so(engine):
    cred = credential(Bearer(token=Secret("ours")))
    cred.scheme()
    mine = GET.with_header("Authorization", "mine")
    exchange = begin(engine, ruleset(cred, on_existing="keep"), mine)
    assert exchange.start() == mine
    assert exchange.answer(Response(401)) is None


async def test_a_rule_that_says_none_forwards_as_it_is(engine):
    exchange = begin(engine, ruleset(None))
    assert exchange.start() == GET
    assert exchange.trace.to_json()["type"] == "none"


async def test_a_token_is_had_without_a_request(engine, origin):
    cred = credential(OAuth2(grant=Vending()))
    rules = ruleset(cred)
    assert (await engine.token(rules, cred)).access_token == Secret("t1")
    assert (await engine.token(rules, cred)).access_token == Secret("t1")
    assert (await engine.token(rules, cred, Token(Secret("t1")))).access_token == Secret("t2")


async def test_a_credential_without_a_token_says_so(engine):
    with pytest.raises(AuthwrightError) as caught:
        await engine.token(ruleset(None, host="api.example.com"), credential(Basic()))
    assert caught.value.code == "no_token"


LABEL = Label("cred", "dev", "vending", "https://as.example/token")


async def test_a_grant_may_ask_for_the_token_of_another_credential(engine, origin):
    command = GetToken(Taking(Vending()))
    assert (await engine.obtain(command, LABEL)).access_token == Secret("t1")
    assert (await engine.obtain(command, LABEL)).access_token == Secret("t1")
    _, record = engine.broker._store.records()
    assert (record.label.credential, record.label.environment, len(origin.asked)) == ("login", "dev", 1)
    assert record.binding.hosts == on_host("as.example")


class NeedsLogin(Vending):
    """A grant that waits for a person."""

    signed_in = False

    def obtain(self, previous, ambient):
        if not NeedsLogin.signed_in:
            raise InteractionRequired("Nobody has signed in yet.")
        return Vending.obtain(self, previous, ambient)


@dataclass(frozen=True)
class Taking(GrantBase):
    """A grant that takes the token of *source* for its own."""

    source: Vending
    grant: ClassVar[str] = "taking"
    key: str = "taking"
    authorization_server: str = "https://as.example/token"

    def obtain(self, previous, ambient):
        return (yield GetToken(self.source, credential="login"))


async def test_who_signs_in_to_the_source_is_not_kept_waiting_by_who_takes_its_token(origin, monkeypatch):
    """The failure is the source's: nobody's password was refused, and no endpoint said no to the one that takes it."""
    monkeypatch.setattr(NeedsLogin, "signed_in", False)
    clock = Clock()
    broker = Broker(MemoryStore(), clock)
    engine, command = Engine(origin, broker, clock), GetToken(Taking(NeedsLogin(key="source")))
    with pytest.raises(InteractionRequired) as caught:
        await engine.obtain(command, LABEL)
    assert caught.value.hint == "authwright --env dev login login"
    NeedsLogin.signed_in = True
    clock.at += timedelta(seconds=2)
    await broker.keep(
        command.grant.source, Token(Secret("signed-in")), label=replace(LABEL, binding=Binding(on_host("as.example")))
    )
    assert (await engine.obtain(command, LABEL)).access_token == Secret("signed-in")
    await broker.close()


async def test_a_grant_cannot_send_a_clients_request(engine):
    def flow():
        yield Forward(GET)

    with pytest.raises(AuthwrightError, match="Forward"):
        await engine.run_grant(flow())


@pytest.fixture
def hearing(engine):
    made = Hearing()
    engine.recorder = Recorder(made)
    return made


@pytest.mark.parametrize("error", [None, TransportError("as.example cannot be reached.")])
async def test_a_request_of_ours_that_no_exchange_caused_is_heard_alone(engine, origin, hearing, error):
    origin.error = error
    with suppress(TransportError):
        cred = credential(OAuth2(grant=Vending()))
        await engine.token(ruleset(cred), cred)
    ((asked,),) = hearing.exchanges
    assert (asked.request, asked.error, asked.response) == (
        Request("POST", Request.of("POST", Vending().authorization_server).origin, "/token"),
        error,
        None if error else Response(200),
    )


async def test_a_token_request_that_comes_after_the_end_is_heard_alone(engine, origin, hearing):
    exchange = begin(engine, ruleset(credential(OAuth2(grant=Vending()))))
    await stepped(exchange.start(), exchange)
    assert exchange.answer(Response(401), replayable=False) is None
    told = list(exchange.hand_on())
    await asyncio.gather(*engine._background)
    assert [type(event) for event in told if isinstance(event, Asked)] == [Asked]
    assert (exchange.hand_on(), [len(events) for events in hearing.exchanges]) == (told, [1])
