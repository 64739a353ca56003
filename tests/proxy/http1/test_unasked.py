"""An origin that sends what no request asked for fills no memory, and no other client waits for it."""

import asyncio

import pytest
from mitmproxy.proxy import commands, events
from tests.ambients import Clock
from tests.configurations import Vending
from tests.proxy.http1.driven import OK, Driven
from tests.proxy.http1.test_layer import answers, request, talk
from tests.proxy.running import BEARER, credential, proxy, rule, status

from authwright.flow.token import Token
from authwright.proxy import backpressure
from authwright.proxy.http1.buffer import LONGEST_HEAD, Buffer, HeadEndless
from authwright.proxy.http1.waiting import AuthwrightWaitHook
from authwright.rules.match import Match
from authwright.rules.rule import Options, Rule
from authwright.rules.ruleset import RuleSet
from authwright.schemes.oauth2 import OAuth2
from authwright.secret import Secret

GET = b"GET http://h.test/ HTTP/1.1\r\nHost: h.test\r\n\r\n"


def driven(scheme=BEARER, **facts):
    rules = [Rule("r", "f:1", Match.build(host=["h.test"], port=["*"]), credential(scheme), Options(allow_http=True))]
    return Driven(RuleSet(rules), Clock(), facts.pop("token", Token(Secret("t"))), shortcuts=True, **facts)


def upstream(connection):
    (found,) = connection.layer.upstreams._by_key.values()
    return found


@pytest.mark.parametrize("said", [b"x", b"HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n", b"x" * 65536])
def test_a_kept_connection_on_which_the_origin_speaks_unasked_is_closed_at_once(said):
    connection = driven()
    connection.ask(GET)
    kept = upstream(connection)
    given = list(connection.layer.handle_event(events.DataReceived(kept.wire, said)))
    assert [type(command) for command in given] == [commands.CloseConnection]
    assert given[0].connection is kept.wire
    assert connection.ask(GET)[1] == OK
    assert upstream(connection) is not kept


def test_an_origin_that_goes_on_after_that_is_not_kept_in_memory():
    connection = driven()
    connection.ask(GET)
    kept = upstream(connection)
    for _ in range(100):
        list(connection.layer.handle_event(events.DataReceived(kept.wire, b"x" * 65536)))
    assert len(kept.buffer) <= 65536


@pytest.mark.parametrize("count", [1, 32])
def test_a_few_informational_responses_pass(count):
    hint = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    assert driven().ask(GET, hint * count + OK)[1] == hint * count + OK


@pytest.mark.parametrize("hint", [b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_informational_responses_without_end_are_given_up(hint):
    connection = driven()
    answered = connection.ask(GET, hint * 5000)[1].replace(hint, b"")
    assert (status(answered), b"without end" in answered) == (502, True)
    assert connection.layer.upstreams._by_key == {}


def test_nothing_is_read_from_an_origin_whose_rejection_waits_for_a_token(monkeypatch):
    held = []
    monkeypatch.setattr(backpressure, "pause", lambda *which: held.append(which))
    monkeypatch.setattr(backpressure, "resume", lambda *which: held.remove(which))
    connection = driven(OAuth2(grant=Vending()))
    connection.engine.broker.held = lambda grant, rejected=None, host="": None if rejected else connection.token
    connection.token = Token(Secret("t"))
    waiting, hook = [events.DataReceived(connection.client, GET)], None
    for event in waiting:
        for command in connection.layer.handle_event(event):
            if isinstance(command, commands.OpenConnection):
                command.connection.state = connection.client.state
                waiting.append(events.OpenConnectionCompleted(command, None))
            elif isinstance(command, AuthwrightWaitHook):
                hook = command
            elif isinstance(command, commands.SendData) and hook is None:
                waiting.append(events.DataReceived(command.connection, b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\n"))
    assert hook is not None
    assert held == [(connection.client,), (connection.client, upstream(connection).wire)]
    hook.data.error = RuntimeError("no token")
    list(connection.layer.handle_event(events.HookCompleted(hook)))
    assert held == []


async def test_a_second_send_over_a_connection_that_the_origin_has_closed_takes_a_fresh_one(tmp_path):
    heads = []

    async def rejecting_then_gone(reader, writer):
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        if len(heads) == 1:
            writer.write(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno")
            heads.append(await reader.readuntil(b"\r\n\r\n"))
        else:
            writer.write(OK)
            await writer.drain()
        writer.close()

    rules = [rule("127.0.0.1", OAuth2(grant=Vending()))]
    async with (
        await asyncio.start_server(rejecting_then_gone, "127.0.0.1", 0) as server,
        proxy(rules, tmp_path) as running,
        talk(running) as (reader, writer),
    ):
        writer.write(request(server.sockets[0].getsockname()[1]))
        assert status((await answers(reader, 1))[0]) == 200
    assert [head.partition(b"Bearer ")[2].split(b"\r\n")[0] for head in heads] == [b"token-1", b"token-2", b"token-2"]


# -- the buffer


def test_a_head_is_found_wherever_it_is_cut():
    raw = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    for cut in range(len(raw) + 1):
        buffer = Buffer()
        pieces = [piece for piece in (raw[:cut], raw[cut:] + b"next") if piece]
        heads = []
        for piece in pieces:
            buffer.add(piece)
            heads += [found for found in [buffer.take_head()] if found is not None]
        assert (heads, buffer.take()) == ([raw], b"next")


def test_heads_that_came_at_once_are_taken_one_by_one():
    buffer = Buffer()
    for _ in range(3):
        buffer.add(b"a\r\n\r\nb\r\n\r\n\r\n")
    buffer.skip_empty_lines()
    taken = []
    while buffer.pending:
        buffer.skip_empty_lines()
        if (head := buffer.take_head()) is None:
            break
        taken.append(head)
    assert (taken, len(buffer)) == ([b"a\r\n\r\n", b"b\r\n\r\n"] * 3, 0)


@pytest.mark.parametrize("raw", [b"x" * LONGEST_HEAD, b"a\n\n", b"a\n\r\n"])
def test_a_head_without_end_is_told(raw):
    def read(size):
        buffer = Buffer()
        for at in range(0, len(raw), size):
            buffer.add(raw[at : at + size])
            buffer.take_head()

    for size in (1, 7, len(raw)):
        with pytest.raises(HeadEndless):
            read(size)


def test_many_requests_ahead_do_not_let_the_buffer_grow():
    buffer = Buffer()
    for _ in range(20_000):
        buffer.add(b"GET / HTTP/1.1\r\n\r\nG")
        buffer.take_head()
        assert len(buffer.pending) <= 2 * LONGEST_HEAD
