"""Hostile lengths through mitmproxy's layer: a peer that never ends a head, a line or its trailers is cut off within bounds."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest
from mitmproxy import ctx
from tests.certificates import Pki
from tests.proxy import running as proxy_setup
from tests.proxy.running import Running, origin, proxy, read_response, rule, status, tls_tunnel, until

from authwright.proxy.stock import bounded, chunked

BLOCK = 16 << 10
MOST = 32 << 20
"""Bytes that no attack in here may get rid of before it is cut off; the kernel's buffers take some of them."""


@pytest.fixture(autouse=True)
def stock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_setup, "ENGINE", "stock")


@contextlib.asynccontextmanager
async def connected(running: Running, way: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A client's connection to the proxy: in the clear, or in TLS to the proxy's own port."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    try:
        if way == "tls":
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            await writer.start_tls(context, server_hostname="127.0.0.1")
        yield reader, writer
    finally:
        writer.close()


async def cut_off(writer: asyncio.StreamWriter, block: bytes) -> int:
    """Send *block* for ever; the bytes that went out before the connection ended."""
    sent = 0
    with contextlib.suppress(OSError):
        while sent < MOST:
            writer.write(block)
            await writer.drain()
            sent += len(block)
            await asyncio.sleep(0)
    return sent


REQUEST = b"POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nTransfer-Encoding: chunked\r\n\r\n"
FROM_A_CLIENT = {
    "a head without end": (b"GET / HTTP/1.1\r\n", b"X: " + b"x" * (BLOCK - 5) + b"\r\n"),
    "a line without end": (b"", b"x" * BLOCK),
    "fields without end": (b"GET / HTTP/1.1\r\n", b"a:\r\n" * (BLOCK // 4)),
    "a size line without end": (REQUEST, b"0" * BLOCK),
    "a chunk's extension without end": (REQUEST + b"5;", b"x" * BLOCK),
    "trailers without end": (REQUEST + b"0\r\n", b"X: " + b"x" * (BLOCK - 5) + b"\r\n"),
}


@pytest.mark.parametrize("way", ["clear", "tls"])
@pytest.mark.parametrize("name", FROM_A_CLIENT)
async def test_a_client_is_cut_off(name: str, way: str, tmp_path: Path) -> None:
    begin, block = FROM_A_CLIENT[name]
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running, connected(running, way) as (_, writer):
        writer.write(begin.replace(b"%d", b"%d" % there.port))
        assert await cut_off(writer, block) < MOST


RESPONSE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FROM_AN_ORIGIN = {
    "a head without end": (b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * (BLOCK - 5) + b"\r\n"),
    "a line without end": (b"", b"x" * BLOCK),
    "fields without end": (b"HTTP/1.1 200 OK\r\n", b"a:\r\n" * (BLOCK // 4)),
    "a size line without end": (RESPONSE, b"0" * BLOCK),
    "a chunk's extension without end": (RESPONSE + b"5;", b"x" * BLOCK),
    "trailers without end": (RESPONSE + b"0\r\n", b"X: " + b"x" * (BLOCK - 5) + b"\r\n"),
    "data after the response": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"x" * BLOCK),
}


@pytest.mark.parametrize("name", FROM_AN_ORIGIN)
async def test_an_origin_is_cut_off(name: str, tmp_path: Path) -> None:
    begin, block = FROM_AN_ORIGIN[name]
    sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(begin)
        sent.set_result(await cut_off(writer, block))
        writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, proxy([rule("127.0.0.1")], tmp_path) as running, connected(running, "clear") as (reader, writer):
        writer.write(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (port, port))
        assert await sent < MOST
        assert status(await reader.readuntil(b"\r\n\r\n")) in (200, 502)


async def test_a_head_that_comes_slowly_is_waited_for_until_its_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "HEAD_DEADLINE", 0.3)
    async with proxy([rule("127.0.0.1")], tmp_path) as running:
        for way in ("clear", "tls"):
            async with connected(running, way) as (reader, writer):
                writer.write(b"GET / HTTP/1.1\r\nHost:")
                assert await asyncio.wait_for(reader.read(), 20) == b""


async def test_the_deadline_is_the_heads_own_and_not_the_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "HEAD_DEADLINE", 0.3)
    async with (
        origin() as there,
        proxy([rule("127.0.0.1")], tmp_path) as running,
        connected(running, "clear") as (reader, writer),
    ):
        for _ in range(5):
            head = b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (there.port, there.port)
            writer.write(head[:20])
            await asyncio.sleep(0.1)  # the deadline of the first head passes meanwhile
            writer.write(head[20:])
            assert status(await read_response(reader)) == 200


async def test_requests_sent_ahead_of_their_answers_are_held_back(tmp_path: Path) -> None:
    answers = asyncio.Event()

    async def thoughtful(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answers.wait()
        writer.close()

    server = await asyncio.start_server(thoughtful, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, proxy([rule("127.0.0.1")], tmp_path) as running, connected(running, "clear") as (_, writer):
        writer.write(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (port, port))
        sending = asyncio.create_task(cut_off(writer, b"x" * BLOCK))
        (handler,) = await until(lambda: list(ctx.master.addons.get("proxyserver").connections.values()))
        await until(lambda: sending.done() or not handler.transports[handler.client].writer.transport.is_reading())
        held = not sending.done()
        answers.set()
        writer.transport.abort()
        await sending
        assert held


class Tiny:
    """A chunked body of one-byte chunks."""

    def __init__(self, count: int) -> None:
        self.raw = b"1\r\nx\r\n" * count + b"0\r\nx-a: b\r\n\r\n"

    def __iter__(self) -> Any:
        yield from (self.raw[at : at + 7919] for at in range(0, len(self.raw), 7919))


def test_tiny_chunks_that_came_together_are_one_piece() -> None:
    from h11 import Data, EndOfMessage
    from h11._receivebuffer import ReceiveBuffer

    reader, buffer, got = chunked.BoundedChunks(), ReceiveBuffer(), list[Any]()
    for piece in Tiny(50_000):
        buffer += piece
        while (event := reader(buffer)) is not None:
            got.append(event)
            if isinstance(event, EndOfMessage):
                break
    assert b"".join(each.data for each in got if isinstance(each, Data)) == b"x" * 50_000
    assert len(got) < 100
    assert reader.trailers == ((b"x-a", b"b"),)


class Http2:
    """A client that speaks HTTP/2 inside a tunnel, frame by frame."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
        self.connection.initiate_connection()
        writer.write(self.connection.data_to_send())

    def frame(self, kind: int, flags: int, payload: bytes) -> bytes:
        return len(payload).to_bytes(3) + bytes((kind, flags)) + (1).to_bytes(4) + payload


async def test_an_http2_head_without_end_is_cut_off(tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context()) as there, proxy([rule("localhost")], tmp_path) as running:
        client = Http2(*await tls_tunnel(running.port, f"localhost:{there.port}", running.ca(), alpn=["h2"]))
        client.writer.write(client.frame(1, 0, b"\x82"))
        assert await cut_off(client.writer, client.frame(9, 0, b"\x00\x01a\x7f" + b"x" * (BLOCK - 4))) < MOST
        client.writer.close()


@pytest.mark.parametrize("begun", [b"\x00\x00\x09\x01", b"PRI * HTTP/2"], ids=["a frame", "the preface"])
async def test_an_http2_head_that_comes_slowly_has_a_deadline(
    begun: bytes, tmp_path: Path, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "HEAD_DEADLINE", 0.3)
    async with origin(context=pki.server_context()) as there, proxy([rule("localhost")], tmp_path) as running:
        reader, writer = await tls_tunnel(running.port, f"localhost:{there.port}", running.ca(), alpn=["h2"])
        if begun.startswith(b"PRI"):
            writer.write(begun)
        else:
            Http2(reader, writer).writer.write(begun)
        await asyncio.wait_for(reader.read(), 20)
        writer.close()


@pytest.mark.parametrize("kind", ["a head without end", "interim responses without end"])
async def test_an_http2_origin_is_cut_off(kind: str, tmp_path: Path, pki: Pki) -> None:
    sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        seen = False
        while not seen and (data := await reader.read(65536)):
            seen = any(isinstance(event, h2.events.RequestReceived) for event in connection.receive_data(data))
            writer.write(connection.data_to_send())
        if kind == "a head without end":
            writer.write(b"\x00\x00\x01\x01\x00\x00\x00\x00\x01\x88")
            sent.set_result(await cut_off(writer, BLOCK.to_bytes(3) + b"\x09\x00\x00\x00\x00\x01" + b"x" * BLOCK))
        else:
            interim = b"\x00\x00\x05\x01\x04\x00\x00\x00\x01\x48\x03103"
            sent.set_result(await cut_off(writer, interim * (BLOCK // len(interim))))
        writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0, ssl=pki.server_context(["h2"]))
    port = server.sockets[0].getsockname()[1]
    from authwright.rules.settings import Settings

    settings = Settings(upstream_ca=str(pki.ca))
    async with server, proxy([rule("localhost")], tmp_path, settings=settings) as running:
        client = Http2(*await tls_tunnel(running.port, f"localhost:{port}", running.ca(), alpn=["h2"]))
        head = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"localhost:%d" % port), (b":path", b"/")]
        client.connection.send_headers(1, head, end_stream=True)
        client.writer.write(client.connection.data_to_send())
        assert await sent < MOST
        client.writer.close()
