"""Our own requests: bounded in time and size, never redirected, and verified."""

import asyncio
from pathlib import Path

import pytest
from tests.proxy.running import Pki, free_port, origin

from authwright.errors import TransportError
from authwright.message import Request
from authwright.outbound.transport import HttpTransport

REPLIES = {
    "an answer": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: 1\r\n\r\nok", (200, b"ok")),
    "an error": (b"HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nno", (400, b"no")),
    "a redirect is an answer": (b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", (307, b"")),
}


@pytest.mark.parametrize("name", REPLIES)
async def test_an_answer_comes_back_as_it_is(name: str) -> None:
    reply, expected = REPLIES[name]
    async with origin(lambda _: reply) as there:
        transport = HttpTransport()
        response = await transport.send(Request.of("POST", f"http://127.0.0.1:{there.port}/t?a=%7e", [("X-A", "1")], b"body"))
        await transport.close()
        assert (response.status, response.body) == expected
        assert there.heads[0].startswith(b"POST /t?a=%7e HTTP/1.1\r\n")
        assert there.received.endswith(b"body")


async def test_a_cookie_of_one_request_does_not_go_along_with_the_next() -> None:
    async with origin(lambda _: b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1\r\nContent-Length: 0\r\n\r\n") as there:
        transport = HttpTransport()
        for _ in range(2):
            await transport.send(Request.of("GET", f"http://127.0.0.1:{there.port}/"))
        await transport.close()
        assert [b"Cookie" in head for head in there.heads] == [False, False]


FAILURES = {
    "too large": (b"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n" + b"x" * 1048577, "remote_error"),
    "cut short": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nx", "timeout"),
    "no HTTP": (b"SSH-2.0\r\n\r\n", "interrupted"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_an_answer_without_end_or_sense_is_given_up_on(name: str) -> None:
    reply, code = FAILURES[name]
    async with origin(lambda _: reply) as there:
        transport = HttpTransport(deadline=1)
        with pytest.raises(TransportError) as caught:
            await transport.send(Request.of("GET", f"http://127.0.0.1:{there.port}/?secret=1"))
        await transport.close()
        assert (caught.value.code, "secret" in caught.value.message) == (code, False)


async def test_a_dripping_answer_ends_at_the_deadline() -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        except OSError:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    transport = HttpTransport(deadline=0.5)
    with pytest.raises(TransportError) as caught:
        await transport.send(Request.of("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
    await transport.close()
    server.close()
    assert caught.value.code == "timeout"


async def test_nobody_there_is_unreachable() -> None:
    transport = HttpTransport()
    with pytest.raises(TransportError) as caught:
        await transport.send(Request.of("GET", f"http://127.0.0.1:{free_port()}/"))
    await transport.close()
    assert caught.value.code == "unreachable"


async def test_a_certificate_is_trusted_through_upstream_ca_alone(pki: Pki, tmp_path: Path) -> None:
    async with origin(context=pki.server_context()) as there:
        request = Request.of("GET", f"https://localhost:{there.port}/")
        strict, told = HttpTransport(), HttpTransport(upstream_ca=str(pki.ca))
        with pytest.raises(TransportError) as caught:
            await strict.send(request)
        response = await told.send(request)
        await strict.close()
        await told.close()
        assert ("upstream_ca" in caught.value.hint, response.status) == (True, 200)
