"""A peer of HTTP/2 that does not open its window holds back the side that sends, and gets everything once it does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest
from mitmproxy import ctx
from mitmproxy.proxy.layers.http import _http_h2
from tests.certificates import Pki
from tests.proxy.running import proxy, rule, tls_tunnel, until

from authwright.proxy.stock import windows
from authwright.rules.settings import Settings

pytestmark = pytest.mark.usefixtures("engine")

SIZE = 24 << 20
"""Bytes of a body: more than the kernel's buffers and the proxy's bounds take together."""
BLOCK = 64 << 10
ALLOWED = 2 * windows.WINDOW
"""Bytes that may wait in the proxy for one stream."""


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All HTTP/2 connections that the proxy makes."""
    found: list[Any] = []
    begin = _http_h2.BufferedH2Connection.__init__

    def noted(self: Any, config: Any) -> None:
        begin(self, config)
        found.append(self)

    monkeypatch.setattr(_http_h2.BufferedH2Connection, "__init__", noted)
    return found


def waiting(made: list[Any]) -> int:
    return sum(len(piece.data) for each in made for pieces in each.stream_buffers.values() for piece in pieces)


class Peer:
    """One end of HTTP/2, which opens its window when it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, client: bool) -> None:
        self.reader, self.writer, self.got, self.ended = reader, writer, 0, asyncio.Event()
        self.sent, self.opens, self.owed, self.begun = 0, False, dict[int, int](), asyncio.Event()
        self.moved = asyncio.Event()
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=client, header_encoding=None))
        self.connection.initiate_connection()
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.connection.data_to_send())

    def open(self) -> None:
        """Open the window, now and for all that comes."""
        self.opens = True
        for stream, owed in self.owed.items():
            self.connection.acknowledge_received_data(owed, stream)
        self.owed.clear()
        self.flush()

    def begin(self, authority: str, stream: int = 1, method: bytes = b"GET", *, end: bool = True) -> None:
        head = [(b":method", method), (b":scheme", b"https"), (b":authority", authority.encode()), (b":path", b"/")]
        self.connection.send_headers(stream, head, end_stream=end)
        self.flush()

    async def listen(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self.reader.read(BLOCK):
                for event in self.connection.receive_data(data):
                    self.take(event)
                self.flush()

    def take(self, event: Any) -> None:
        if isinstance(event, h2.events.DataReceived):
            self.got += len(event.data)
            self.owed[event.stream_id] = self.owed.get(event.stream_id, 0) + event.flow_controlled_length
            if self.opens:
                self.open()
        elif isinstance(event, h2.events.RequestReceived):
            self.begun.set()
        elif isinstance(event, h2.events.WindowUpdated | h2.events.RemoteSettingsChanged):
            self.moved.set()
        elif isinstance(event, h2.events.StreamEnded):
            self.ended.set()

    async def pour(self, stream: int = 1) -> None:
        """Send a body as fast as the windows allow."""
        while self.sent < SIZE:
            if not (room := min(self.connection.local_flow_control_window(stream), 16 << 10)):
                self.moved.clear()
                await self.moved.wait()
                continue
            self.connection.send_data(stream, b"x" * room)
            self.sent += room
            self.flush()
            await self.writer.drain()
        self.connection.end_stream(stream)
        self.flush()


@contextlib.asynccontextmanager
async def h2_origin(pki: Pki, *, answers: bool) -> AsyncIterator[tuple[int, list[Peer]]]:
    """An origin that answers each request with a body without end, or only reads."""
    peers: list[Peer] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer, client=False)
        peers.append(peer)
        listening = asyncio.create_task(peer.listen())
        with contextlib.suppress(OSError, asyncio.CancelledError):
            if answers:
                await peer.begun.wait()
                peer.connection.send_headers(1, [(b":status", b"200")])
                await peer.pour()
            await listening
        listening.cancel()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=pki.server_context(["h2"]))
    try:
        yield server.sockets[0].getsockname()[1], peers
    finally:
        server.close()
        server.close_clients()


@contextlib.asynccontextmanager
async def h1_origin(pki: Pki) -> AsyncIterator[tuple[int, list[int]]]:
    """An origin of HTTP/1.1 that answers with a body; how much of it went out."""
    sent = [0]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
            for _ in range(SIZE // BLOCK):
                writer.write(b"x" * BLOCK)
                await writer.drain()
                sent[0] += BLOCK
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=pki.server_context(["http/1.1"]))
    try:
        yield server.sockets[0].getsockname()[1], sent
    finally:
        server.close()
        server.close_clients()


@contextlib.asynccontextmanager
async def h2_client(port: int, pki: Pki, home: Path) -> AsyncIterator[Peer]:
    settings = Settings(upstream_ca=str(pki.ca))
    async with proxy([rule("localhost")], home, settings=settings) as running:
        client = Peer(*await tls_tunnel(running.port, f"localhost:{port}", running.ca(), alpn=["h2"]), client=True)
        listening = asyncio.create_task(client.listen())
        try:
            yield client
        finally:
            client.writer.close()
            await listening


def origin_is_paused() -> bool:
    (handler,) = ctx.master.addons.get("proxyserver").connections.values()
    ends = [io for side, io in handler.transports.items() if side is not handler.client and io.writer is not None]
    return any(not io.writer.transport.is_reading() for io in ends)


async def test_an_http1_origin_is_held_back_by_a_client_with_a_closed_window(tmp_path: Path, pki: Pki, made: list[Any]) -> None:
    async with h1_origin(pki) as (port, sent), h2_client(port, pki, tmp_path) as client:
        client.begin(f"localhost:{port}")
        await until(lambda: sent[0] == SIZE or origin_is_paused())
        assert sent[0] < SIZE
        assert waiting(made) <= ALLOWED
        client.open()
        await asyncio.wait_for(client.ended.wait(), 20)
        assert client.got == SIZE


async def test_an_http2_origin_is_held_back_by_a_client_with_a_closed_window(tmp_path: Path, pki: Pki, made: list[Any]) -> None:
    async with h2_origin(pki, answers=True) as (port, origins), h2_client(port, pki, tmp_path) as client:
        client.begin(f"localhost:{port}")
        await until(lambda: origins and origins[0].sent)
        await _stuck(origins[0])
        assert origins[0].sent < SIZE
        assert waiting(made) <= ALLOWED
        client.open()
        await asyncio.wait_for(client.ended.wait(), 20)
        assert client.got == SIZE


async def test_an_http2_client_is_held_back_by_an_origin_with_a_closed_window(tmp_path: Path, pki: Pki, made: list[Any]) -> None:
    async with h2_origin(pki, answers=False) as (port, origins), h2_client(port, pki, tmp_path) as client:
        client.begin(f"localhost:{port}", method=b"POST", end=False)
        sending = asyncio.create_task(client.pour())
        await until(lambda: origins and client.sent)
        await _stuck(client)
        assert not sending.done()
        assert waiting(made) <= ALLOWED
        origins[0].open()
        await asyncio.wait_for(origins[0].ended.wait(), 20)
        assert origins[0].got == SIZE
        await sending


async def _stuck(sender: Peer) -> None:
    """Wait until *sender* has sent all, or gets no window any more."""
    seen = [-1] * 10

    def still() -> bool:
        seen.append(sender.sent)
        return seen[-10] == sender.sent

    await until(still)


def test_a_waiting_piece_weighs_more_than_its_bytes() -> None:
    pieces = windows.WaitingPieces()
    for _ in range(1000):
        pieces.append(_http_h2.SendH2Data(b"x", False))
    assert pieces.weight >= 100_000
    pieces.appendleft(pieces.popleft())
    while pieces:
        pieces.popleft()
    assert pieces.weight == 0
