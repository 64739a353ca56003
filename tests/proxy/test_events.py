"""A listener that wants everything hears of every request, whichever engine serves it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.hearing import Hearing
from tests.proxy import running as proxy_setup
from tests.proxy.running import CANARY, Names, Pki, living, origin, proxy, rule, status, tls_tunnel
from tests.proxy.test_failing_steps import DOCUMENT, granting
from tests.proxy.test_whole_bodies import Digesting

from authwright.record.events import Answered, Asked, Began, BodyRead, CameFrom, Decided, Ended, Event, Sent, Tunnelled
from authwright.record.recorder import Level

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def hearing(monkeypatch: pytest.MonkeyPatch) -> Hearing:
    made = Hearing(Level.EXCHANGES)
    monkeypatch.setattr(proxy_setup, "LISTENERS", (made,))
    return made


def kinds(events: tuple[Event, ...], *left_out: type) -> list[type]:
    return [type(event) for event in events if type(event) not in left_out]


def get(port: int, fields: str = "", path: str = "/a?b=c") -> bytes:
    return f"GET http://127.0.0.1:{port}{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{fields}\r\n".encode()


@pytest.mark.parametrize("rules", [[rule("good.test")], [rule("127.0.0.1", None)]], ids=["no rule", "auth none"])
async def test_a_request_that_passes_as_it_came_is_heard_with_its_answer(rules: Any, tmp_path: Path, hearing: Hearing) -> None:
    async with origin() as there, proxy(rules, tmp_path) as running:
        assert status(await running.send(get(there.port, "X-A: b\r\n"))) == 200
        await proxy_setup.until(lambda: hearing.exchanges)
    ((*events,),) = hearing.exchanges
    assert kinds(tuple(events), Decided) == [Began, Sent, Answered, CameFrom, Ended]
    began, sent, answered = (next(e for e in events if isinstance(e, kind)) for kind in (Began, Sent, Answered))
    assert (began.request.url, began.request.headers.get("X-A")) == (f"http://127.0.0.1:{there.port}/a?b=c", "b")
    assert sent.request == began.request
    assert (answered.response.status, answered.response.headers.get("Content-Length")) == (200, "2")
    assert events[-2].host == "127.0.0.1"
    assert running.traces == []


async def test_a_request_with_a_credential_is_heard_as_it_came_and_as_it_left(tmp_path: Path, hearing: Hearing) -> None:
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        for _ in range(2):
            await running.send(get(there.port, "Authorization: own\r\n"))
        await proxy_setup.until(lambda: len(hearing.exchanges) == 2)
    for events in hearing.exchanges:
        (came,), (left,) = ([e.request for e in events if isinstance(e, kind)] for kind in (Began, Sent))
        assert (came.headers.get("Authorization"), left.headers.get("Authorization")) == ("own", f"Bearer {CANARY}")
        (answered,) = [event.response for event in events if isinstance(event, Answered)]
        assert answered.headers.get("Content-Length") == "2"
        assert CANARY not in repr(events)
        assert isinstance(events[-1], Ended)
        moments = [event.at for event in events if isinstance(getattr(event, "at", None), datetime)]
        assert moments == sorted(moments)


async def test_a_token_request_is_heard_whole_with_the_exchange_that_caused_it(tmp_path: Path, hearing: Hearing) -> None:
    async with (
        origin(granting) as idp,
        origin() as api,
        living(DOCUMENT.format(port=idp.port, canary=CANARY), tmp_path, engine=proxy_setup.ENGINE) as running,
    ):
        for _ in range(2):
            assert status(await running.send(get(api.port, path="/api/x"))) == 200
        await proxy_setup.until(lambda: len(hearing.exchanges) == 2)
    first, second = ([event for event in events if isinstance(event, Asked)] for events in hearing.exchanges)
    assert (len(first), second) == (1, [])
    (asked,) = first
    assert (asked.request.url, asked.response.status) == (f"http://127.0.0.1:{idp.port}/token", 200)
    assert b"grant_type=client_credentials" in asked.request.body
    assert json.loads(asked.response.body)["access_token"] == "t0k3n-canary"
    assert "canary" not in repr(hearing.exchanges)


async def test_a_body_that_is_signed_is_heard_with_its_request(tmp_path: Path, hearing: Hearing) -> None:
    async with origin() as there, proxy([rule("127.0.0.1", Digesting())], tmp_path) as running:
        raw = get(there.port, "Content-Length: 3\r\n").replace(b"GET", b"POST") + b"abc"
        assert status(await running.send(raw)) == 200
        await proxy_setup.until(lambda: hearing.exchanges)
    (events,) = hearing.exchanges
    assert [event.request.body for event in events if isinstance(event, BodyRead)] == [b"abc"]


async def test_a_refusal_is_heard_with_its_error(tmp_path: Path, hearing: Hearing) -> None:
    async with proxy([rule("127.0.0.1")], tmp_path) as running:
        await running.send(get(running.port))
    (events,) = hearing.exchanges
    assert kinds(events) == [Began, CameFrom, Ended]
    assert events[-1].error.code == "own_port"


@pytest.mark.parametrize(("host", "sealed"), [("sealed.test", True), ("good.test", False)])
async def test_a_tunnel_is_heard_once_tls_begins_in_it(
    host: str, sealed: bool, tmp_path: Path, pki: Pki, hearing: Hearing
) -> None:
    async with (
        origin(context=pki.server_context()) as there,
        proxy([rule("good.test")], tmp_path, extra=[Names({host: there.port})]) as running,
    ):
        _, writer = await tls_tunnel(running.port, f"{host}:443", pki.ca if sealed else running.ca())
        writer.close()
    (events,) = hearing.exchanges
    assert kinds(events) == [Tunnelled, CameFrom]
    assert (events[0].host, events[0].port, events[0].sealed) == (host, 443, sealed)


async def test_a_listener_that_fails_harms_no_request(tmp_path: Path, hearing: Hearing, monkeypatch: pytest.MonkeyPatch) -> None:
    def heard(_: Any) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(hearing, "heard", heard)
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        answers = [status(await running.send(get(there.port))) for _ in range(2)]
        await proxy_setup.until(lambda: len(running.traces) == 2)
    assert answers == [200, 200]
