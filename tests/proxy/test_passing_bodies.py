"""A listener that wants bodies hears of each that streams past, whichever engine carries it."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.hearing import Hearing
from tests.proxy import running as proxy_setup
from tests.proxy.multiplexed import h2_ask, h2_origin
from tests.proxy.running import Names, Pki, origin, proxy, rule, status, tls_tunnel, until
from tests.proxy.test_rewriting import BODY, FRAMED, Rewriting
from tests.proxy.test_whole_bodies import Digesting

from authwright.flow.bases import SchemeBase
from authwright.flow.commands import Forward
from authwright.flow.language import Flow
from authwright.flow.protocols import Ambient
from authwright.message import Place, Request
from authwright.record.bodies import FIRST_BYTES
from authwright.record.events import Answered, BodyPassed, BodyRead, CameFrom, Sent
from authwright.record.recorder import Level

LONG = bytes(range(256)) * (FIRST_BYTES // 256) + b"the end"
RULES = {"no rule": [], "auth none": [rule("127.0.0.1", None)], "a fixed header": [rule("127.0.0.1")]}

UPLOADS = {
    "a length": (b"Content-Length: 3\r\n\r\nabc", b"abc"),
    "chunks": (b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nX-T: 1\r\n\r\n", b"abc"),
    "no chunk": (b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b""),
    "more than is kept": (b"Content-Length: %d\r\n\r\n" % len(LONG) + LONG, LONG),
}
DOWNLOADS = {
    "a length": (b"Content-Length: 3\r\n\r\nabc", b"abc"),
    "chunks": (b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nX-T: 1\r\n\r\n", b"abc"),
    "until close": (b"\r\nabc", b"abc"),
    "more than is kept": (b"Content-Length: %d\r\n\r\n" % len(LONG) + LONG, LONG),
}
TORN = {
    "a length": b"Content-Length: 9\r\n\r\nabc",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n6\r\n",
}


@pytest.fixture
def hearing(monkeypatch: pytest.MonkeyPatch) -> Hearing:
    made = Hearing(Level.BODIES)
    monkeypatch.setattr(proxy_setup, "LISTENERS", (made,))
    return made


def head(method: str, port: int) -> bytes:
    return f"{method} http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode()


def told(content: bytes, *, complete: bool = True) -> tuple[Any, ...]:
    return content[:FIRST_BYTES], len(content), hashlib.sha256(content).hexdigest(), complete


def bodies(events: tuple[Any, ...], side: str) -> list[tuple[Any, ...]]:
    found = [event for event in events if isinstance(event, BodyPassed) and event.side == side]
    return [(each.content, each.length, each.sha256, each.complete) for each in found]


async def one(hearing: Hearing) -> tuple[Any, ...]:
    """The events of the only exchange."""
    await until(lambda: hearing.exchanges)
    (events,) = hearing.exchanges
    return tuple(events)


@contextlib.asynccontextmanager
async def closing(answer: bytes, status: int = 200) -> AsyncIterator[tuple[int, bytearray]]:
    """An origin that notes what comes, gives *answer* to a head that is all, and then closes."""
    got = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            got.extend(data)
            if got.endswith(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 %d It\r\n" % status + answer)
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], got
    finally:
        server.close()
        server.close_clients()


async def everything(port: int, raw: bytes) -> bytes:
    """What comes for *raw* until the proxy closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


class Twice(SchemeBase):
    """Sends the request again when it was answered with 401."""

    type = "twice"
    places: tuple[Place, ...] = ()

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        response = yield Forward(request)
        if response.status == 401:
            yield Forward(request.with_header("Again", "1"))


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("name", UPLOADS)
async def test_the_body_of_a_request_is_heard_without_its_framing(
    name: str, rules: str, tmp_path: Path, hearing: Hearing
) -> None:
    wire, content = UPLOADS[name]
    async with origin() as there, proxy(RULES[rules], tmp_path) as running:
        assert status(await running.send(head("POST", there.port) + wire)) == 200
        events = await one(hearing)
    assert bodies(events, "request") == [told(content)]
    assert bodies(events, "response") == [told(b"ok")]
    kinds = [type(event) for event in events]
    assert kinds.index(Sent) < kinds.index(BodyPassed) < kinds.index(CameFrom)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", DOWNLOADS)
async def test_the_body_of_a_response_is_heard_without_its_framing(name: str, tmp_path: Path, hearing: Hearing) -> None:
    wire, content = DOWNLOADS[name]
    async with closing(wire) as (port, _), proxy([rule("127.0.0.1")], tmp_path) as running:
        close = b"" if name == "until close" else b"Connection: close\r\n"
        answer = await everything(running.port, head("GET", port) + close + b"\r\n")
        events = await one(hearing)
    assert status(answer) == 200
    assert bodies(events, "request") == []
    assert bodies(events, "response") == [told(content)]
    kinds = [type(event) for event in events]
    assert kinds[-4:-1] == [Answered, BodyPassed, CameFrom]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_a_response_without_a_body_is_heard_without_one(method: str, tmp_path: Path, hearing: Hearing) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" if method == "HEAD" else b"HTTP/1.1 204 No Content\r\n\r\n"
    async with origin(lambda _: answer) as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(head(method, there.port) + b"\r\n")
        assert status(await reader.readuntil(b"\r\n\r\n")) in (200, 204)
        events = await one(hearing)
        writer.close()
    assert [event for event in events if isinstance(event, BodyPassed)] == []


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", TORN)
async def test_a_response_that_the_origin_tears_is_heard_up_to_there(name: str, tmp_path: Path, hearing: Hearing) -> None:
    async with closing(TORN[name]) as (port, _), proxy([rule("127.0.0.1")], tmp_path) as running:
        assert (await everything(running.port, head("GET", port) + b"\r\n")).startswith(b"HTTP/1.1 200")
        events = await one(hearing)
    assert bodies(events, "response") == [told(b"abc", complete=False)]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("framed", [b"Content-Length: 100000\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc"])
async def test_an_upload_that_the_client_cuts_off_is_heard_up_to_there(
    framed: bytes, rules: str, tmp_path: Path, hearing: Hearing
) -> None:
    async with closing(b"") as (port, got), proxy(RULES[rules], tmp_path) as running:
        _, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(head("POST", port) + framed)
        await until(lambda: b"abc" in got)
        writer.close()
        events = await one(hearing)
    assert bodies(events, "request") == [told(b"abc", complete=False)]


REJECTED = {
    "a length": b"Content-Length: 3\r\n\r\nno!",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n1\r\n!\r\n0\r\n\r\n",
}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", REJECTED)
async def test_an_answer_that_was_discarded_is_heard_and_a_body_that_was_sent_twice_once(
    name: str, tmp_path: Path, hearing: Hearing
) -> None:
    def reply(head: bytes) -> bytes:
        if b"Again" in head:
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        return b"HTTP/1.1 401 No\r\n" + REJECTED[name]

    async with origin(reply) as there, proxy([rule("127.0.0.1", Twice())], tmp_path) as running:
        assert status(await running.send(head("POST", there.port) + UPLOADS["a length"][0])) == 200
        events = await one(hearing)
    assert there.received.count(b"abc") == 2
    assert bodies(events, "request") == [told(b"abc")]
    assert bodies(events, "response") == [told(b"no!"), told(b"ok")]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("complete", [True, False])
async def test_a_discarded_answer_that_ends_with_its_connection_is_whole_and_a_torn_one_is_not(
    complete: bool, tmp_path: Path, hearing: Hearing
) -> None:
    answer = (b"" if complete else b"Content-Length: 9\r\n") + b"\r\nno!"
    async with closing(answer, 401) as (port, _), proxy([rule("127.0.0.1", Twice())], tmp_path) as running:
        _, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(head("GET", port) + b"\r\n")
        events = await one(hearing)
        writer.close()
    assert bodies(events, "response")[0] == told(b"no!", complete=complete)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", ["a length", "chunks"])
async def test_a_body_that_is_signed_is_heard_with_its_request_alone(name: str, tmp_path: Path, hearing: Hearing) -> None:
    wire, content = UPLOADS[name]
    async with origin() as there, proxy([rule("127.0.0.1", Digesting())], tmp_path) as running:
        assert status(await running.send(head("POST", there.port) + wire)) == 200
        events = await one(hearing)
    assert [event.request.body for event in events if isinstance(event, BodyRead)] == [content]
    assert (bodies(events, "request"), bodies(events, "response")) == ([], [told(b"ok")])


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("framing", FRAMED)
async def test_a_body_that_is_rewritten_is_heard_as_the_client_sent_it(framing: str, tmp_path: Path, hearing: Hearing) -> None:
    async with origin() as there, proxy([rule("127.0.0.1", Rewriting())], tmp_path) as running:
        assert status(await running.send(head("POST", there.port) + FRAMED[framing])) == 200
        events = await one(hearing)
    assert bodies(events, "request") == [told(BODY[:50] if "byte" in framing else BODY)]


@pytest.mark.usefixtures("engine")
async def test_each_request_of_a_connection_has_its_own_bodies(tmp_path: Path, hearing: Hearing) -> None:
    async with origin() as there, proxy([], tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        for number in range(2):
            writer.write(head("POST", there.port) + b"Content-Length: 1\r\n\r\n%d" % number)
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        await until(lambda: len(hearing.exchanges) == 2)
        writer.close()
    assert [bodies(events, "request") for events in hearing.exchanges] == [[told(b"0")], [told(b"1")]]


@pytest.mark.usefixtures("engine")
async def test_a_listener_that_wants_exchanges_alone_hears_of_no_body(
    tmp_path: Path, hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    hearing.level = Level.EXCHANGES
    monkeypatch.setattr("authwright.record.bodies.PassingBody.__init__", never)
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        for wire, _ in UPLOADS.values():
            assert status(await running.send(head("POST", there.port) + wire)) == 200
        await until(lambda: len(hearing.exchanges) == len(UPLOADS))
    assert not any(isinstance(event, BodyPassed) for events in hearing.exchanges for event in events)


async def test_bodies_over_http2_are_heard_each_with_its_request(tmp_path: Path, pki: Pki, hearing: Hearing) -> None:
    async with (
        h2_origin(pki, lambda _: 200) as (port, _),
        proxy([rule("good.test")], tmp_path, extra=[Names({"good.test": port})], upstream_ca=str(pki.ca)) as running,
    ):
        reader, writer = await tls_tunnel(running.port, "good.test:443", running.ca(), alpn=["h2"])
        assert len(await h2_ask(reader, writer, [b"first", b"second"], sized=False)) == 2
        writer.close()
        await until(lambda: len(hearing.exchanges) == 3)
    heard = [bodies(events, "request") + bodies(events, "response") for events in hearing.exchanges]
    assert sorted(each for each in heard if each) == [[told(b"first"), told(b"ok")], [told(b"second"), told(b"ok")]]
