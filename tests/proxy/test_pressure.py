"""A side that does not read holds back the one that sends: the proxy takes in no more than a little, and loses nothing.

What a side sends here is more than the kernel's buffers take. So it can be sent to its end only into the proxy's memory.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mitmproxy import ctx
from tests.proxy import running as proxy_setup
from tests.proxy.running import Running, Tokens, proxy, rule, status, until

from authwright.schemes.oauth2 import OAuth2

on_each_engine = pytest.mark.usefixtures("engine")

SIZE = 64 << 20
BLOCK = b"x" * (1 << 20)
ALLOWED = 2 << 20
"""Bytes that the proxy may have on their way to a side that does not read."""
OAUTH = OAuth2(
    grant=SimpleNamespace(grant="client_credentials", authorization_server="", key="k", dpop=False, further_endpoints=())
)  # type: ignore[arg-type]  # its key is all that is asked
type Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@contextlib.asynccontextmanager
async def talking(origin: Talk, home: Path, scheme: Any = proxy_setup.BEARER) -> AsyncIterator[tuple[int, Any, Any]]:
    """An origin, a proxy and a client's connection; the origin's port, and the connection."""
    async with await asyncio.start_server(origin, "127.0.0.1", 0) as server, proxy([rule("127.0.0.1", scheme)], home) as running:
        reader, writer = await _connected(running)
        try:
            yield server.sockets[0].getsockname()[1], reader, writer
        finally:
            writer.close()


async def _connected(running: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", running.port)


def post(port: int) -> bytes:
    return b"POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n\r\n" % (port, port, SIZE)


async def flood(writer: asyncio.StreamWriter, block: bytes = BLOCK) -> None:
    for _ in range(SIZE // len(block)):
        writer.write(block)
        await writer.drain()


def transports() -> list[Any]:
    """The proxy's own ends of all its connections: the client's first."""
    (handler,) = ctx.master.addons.get("proxyserver").connections.values()
    ends = [handler.transports[handler.client], *(io for side, io in handler.transports.items() if side is not handler.client)]
    return [io.writer.transport for io in ends if io.writer is not None]


async def held_back(sending: asyncio.Task[None], side: int) -> None:
    """Wait until the proxy reads no more from *side*; it must be long before all was sent."""
    await until(lambda: sending.done() or (len(transports()) > side and not transports()[side].is_reading()))
    assert not sending.done(), "all of it went into the proxy"
    waiting = [each.get_write_buffer_size() for each in transports()]
    assert max(waiting) <= ALLOWED


@on_each_engine
async def test_an_origin_is_held_back_by_a_client_that_does_not_read(tmp_path: Path) -> None:
    sending: asyncio.Future[asyncio.Task[None]] = asyncio.get_running_loop().create_future()

    async def fast(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
        sending.set_result(asyncio.create_task(flood(writer)))
        await sending.result()
        writer.close()

    async with talking(fast, tmp_path) as (port, reader, writer):
        writer.write(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (port, port))
        await held_back(await sending, 1)
        assert status(await reader.readuntil(b"\r\n\r\n")) == 200
        assert len(await reader.readexactly(SIZE)) == SIZE


@on_each_engine
async def test_a_client_is_held_back_by_an_origin_that_does_not_read(tmp_path: Path) -> None:
    reads = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reads.wait()
        await reader.readexactly(SIZE)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with talking(slow, tmp_path) as (port, reader, writer):
        writer.write(post(port))
        sending = asyncio.create_task(flood(writer))
        await held_back(sending, 0)
        reads.set()
        await sending
        assert status(await reader.readuntil(b"\r\n\r\n")) == 200


@on_each_engine
async def test_a_client_is_held_back_while_its_request_waits_for_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    comes, obtain = asyncio.Event(), Tokens.obtain

    async def late(self: Tokens, grant: Any, run: Any, **more: Any) -> Any:
        await comes.wait()
        return await obtain(self, grant, run, **more)

    async def reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b"\r\nAuthorization: Bearer token-1\r\n" in await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(SIZE)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    monkeypatch.setattr(Tokens, "obtain", late)
    async with talking(reading, tmp_path, OAUTH) as (port, reader, writer):
        writer.write(post(port))
        sending = asyncio.create_task(flood(writer))
        await held_back(sending, 0)
        comes.set()
        await sending
        assert status(await reader.readuntil(b"\r\n\r\n")) == 200


@on_each_engine
async def test_a_client_is_held_back_that_sends_requests_ahead_of_their_answers(tmp_path: Path) -> None:
    answers, count = asyncio.Event(), SIZE >> 15

    async def thoughtful(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                await answers.wait()
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async with talking(thoughtful, tmp_path) as (port, reader, writer):
        head = b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-A: " % (port, port)
        sending = asyncio.create_task(flood(writer, head + b"x" * ((1 << 15) - len(head) - 4) + b"\r\n\r\n"))
        await held_back(sending, 0)
        answers.set()
        for _ in range(count):
            assert status(await reader.readuntil(b"\r\n\r\n")) == 204
        await sending


async def test_an_origin_is_held_back_while_its_rejection_waits_for_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes, obtain = asyncio.Event(), Tokens.obtain
    sending: asyncio.Future[asyncio.Task[None]] = asyncio.get_running_loop().create_future()

    async def late(self: Tokens, grant: Any, run: Any, *, rejected: Any = None, **more: Any) -> Any:
        if rejected is not None:
            await comes.wait()
        return await obtain(self, grant, run, rejected=rejected, **more)

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n" % SIZE)
        sending.set_result(asyncio.create_task(flood(writer)))
        with contextlib.suppress(OSError):
            await sending.result()
        writer.close()

    monkeypatch.setattr(Tokens, "obtain", late)
    monkeypatch.setattr(proxy_setup, "ENGINE", "stock")
    async with talking(endless, tmp_path, OAUTH) as (port, reader, writer):
        writer.write(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (port, port))
        await held_back(await sending, 1)
        comes.set()
        assert status(await reader.readuntil(b"\r\n\r\n")) == 502
