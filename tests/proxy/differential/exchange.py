"""One exchange over real sockets: a client that sends the bytes it is told, an origin that answers with the bytes it is told.

Both read messages by the plain rules of RFC 9112 section 6, and keep every byte they got.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

PATIENCE = 10.0
"""Seconds after which an exchange hangs."""
HANGS = b"<hangs>"


@dataclass(frozen=True)
class Wait:
    """A client waits until it has read these bytes."""

    text: bytes


@dataclass(frozen=True)
class Reply:
    """What the origin does with one request.

    Args:
        pieces: what it writes.
        early: whether it answers when the head has come; else it reads the body first.
        close: whether it closes the connection then.
        echo: what it writes when more comes then (after an upgrade).
    """

    pieces: Sequence[bytes]
    early: bool = False
    close: bool = False
    echo: bytes = b""


@dataclass(frozen=True)
class Way:
    """How an exchange goes through a proxy.

    Args:
        tls: whether the client speaks TLS: inside a tunnel, or with a reverse proxy itself.
        origin_tls: whether the origin does.
        reverse: whether the proxy stands for the origin; the client then names the proxy, and no URL.
    """

    tls: bool = False
    origin_tls: bool = False
    reverse: bool = False

    def authority(self, origin: int, proxy: int) -> bytes:
        """Whom the client names, where origin and proxy listen on these ports."""
        host = b"localhost" if self.tls or self.origin_tls else b"127.0.0.1"
        return b"%b:%d" % (host, proxy if self.reverse else origin)


FORWARD = Way()
TUNNEL = Way(tls=True, origin_tls=True)


@dataclass(frozen=True)
class Exchange:
    """What the client sends and waits for, and what the origin answers.

    ``{a}`` stands for the authority that the client names, ``@`` before a path for what the request line needs in front of it.
    """

    name: str
    client: tuple[bytes | Wait, ...]
    replies: tuple[Reply, ...]
    methods: tuple[bytes, ...] = (b"GET",)
    """Of the requests that get a final response, in order."""
    way: Way = FORWARD
    answered: bytes = b""
    """What the client gets where mitmproxy's own layer is known to get it wrong, and is not asked; see docs/engines.md."""


@dataclass
class Seen:
    """What arrived: at the origin, by connection, and at the client."""

    received: list[bytes] = field(default_factory=list)
    answered: bytes = b""


@dataclass
class Origin:
    """An origin that plays its part once for each engine."""

    exchange: Exchange
    context: ssl.SSLContext | None = None
    port: int = 0
    connections: list[_Tap] = field(default_factory=list)
    replied: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.idle.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._server.abort_clients()
        await asyncio.sleep(0)  # the transports leave the server

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to it."""
        tap = _Tap(reader)
        self.connections.append(tap)
        self.idle.clear()
        try:
            with contextlib.suppress(OSError, EOFError, ssl.SSLError, ValueError):
                while await self._one(tap, writer):
                    pass
            with contextlib.suppress(OSError, ssl.SSLError):
                await tap.rest()
        finally:
            writer.close()
            tap.over = True
            if all(each.over for each in self.connections):
                self.idle.set()

    async def _one(self, tap: _Tap, writer: asyncio.StreamWriter) -> bool:
        head = await tap.head()
        reply = self.exchange.replies[min(self.replied, len(self.exchange.replies) - 1)]
        self.replied += 1
        if not reply.early:
            await tap.body(head)
        for piece in reply.pieces:
            writer.write(piece.replace(b"{a}", b"127.0.0.1:%d" % self.port))
            await writer.drain()
        if reply.echo:
            await tap.more()
            writer.write(reply.echo)
        if reply.early and not reply.close:
            await tap.body(head)
        if reply.close:
            writer.close()
        return not reply.close

    async def told(self) -> list[bytes]:
        """What came, by connection, once all of them are closed; then it starts afresh."""
        try:
            await asyncio.wait_for(self.idle.wait(), PATIENCE)
        except TimeoutError:
            return [*(bytes(tap.got) for tap in self.connections), HANGS]
        finally:
            connections, self.connections, self.replied = self.connections, [], 0
            self.idle.set()  # what one engine left open is not the other's
        return [bytes(tap.got) for tap in connections if tap.got]


class _Tap:
    """A reader that keeps what it read."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.got = bytearray()
        self._at = 0
        self.over = False

    async def more(self) -> bytes:
        data = await self._reader.read(65536)
        self.got += data
        return data

    async def _needed(self) -> None:
        if not await self.more():
            raise EOFError

    async def until(self, end: bytes) -> bytes:
        """What comes next, up to and with *end*."""
        while (found := self.got.find(end, self._at)) < 0:
            await self._needed()
        return self._taken(found + len(end))

    async def exactly(self, count: int) -> bytes:
        while len(self.got) < self._at + count:
            await self._needed()
        return self._taken(self._at + count)

    def _taken(self, to: int) -> bytes:
        taken, self._at = bytes(self.got[self._at : to]), to
        return taken

    async def head(self) -> bytes:
        return await self.until(b"\r\n\r\n")

    async def rest(self) -> None:
        while await self.more():
            pass

    async def seen(self, text: bytes) -> None:
        """Wait for *text*, whether it was read as a part of something already or comes next."""
        while text not in self.got:
            await self._needed()

    def forget(self) -> None:
        self.got.clear()
        self._at = 0

    async def body(self, head: bytes, *, bodyless: bool = False, until_close: bool = False) -> None:
        fields = head.lower()
        if bodyless:
            return
        if b"\r\ntransfer-encoding:" in fields:
            await self._chunks()
        elif b"\r\ncontent-length:" in fields:
            await self.exactly(int(fields.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]))
        elif until_close:
            await self.rest()

    async def _chunks(self) -> None:
        while size := int((await self.until(b"\r\n")).partition(b";")[0], 16):
            await self.exactly(size + 2)
        while await self.until(b"\r\n") != b"\r\n":
            pass

    async def response(self, method: bytes) -> None:
        """A final response, with what comes before it."""
        status = 100
        while 100 <= status < 200:
            head = await self.head()
            status = int(head[9:12])
            if status == 101:
                return
        bodyless = method == b"HEAD" or status in (204, 304)
        await self.body(head, bodyless=bodyless, until_close=True)


async def played(exchange: Exchange, origin: Origin, proxy: int, client_context: ssl.SSLContext | None) -> Seen:
    """Send the exchange through the proxy on port *proxy*; what arrived at both ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy)
    tap, hangs, authority = _Tap(reader), b"", exchange.way.authority(origin.port, proxy)
    try:
        async with asyncio.timeout(PATIENCE):
            if exchange.way.tls:
                if not exchange.way.reverse:
                    await _tunnel(tap, writer, authority)
                await writer.start_tls(client_context, server_hostname="localhost")
            await _conversation(exchange, tap, writer, authority)
    except TimeoutError:
        hangs = HANGS
    except (OSError, EOFError, ValueError):
        pass  # what came before it is what counts
    finally:
        writer.close()
    try:
        return Seen(await origin.told(), bytes(tap.got) + hangs)
    finally:
        writer.transport.abort()  # a proxy that reads no more, or says no goodbye in TLS, would hold it open past the loop's end
        await asyncio.sleep(0)


async def _tunnel(tap: _Tap, writer: asyncio.StreamWriter, authority: bytes) -> None:
    writer.write(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (authority, authority))
    await tap.head()
    tap.forget()


async def _conversation(exchange: Exchange, tap: _Tap, writer: asyncio.StreamWriter, authority: bytes) -> None:
    sending = asyncio.create_task(_send(exchange, tap, writer, authority))
    try:
        if any(isinstance(step, Wait) for step in exchange.client):
            await sending
        for method in exchange.methods:
            await tap.response(method)
        await sending  # else it is chance how much of it the proxy gets
        if not exchange.way.tls:
            writer.write_eof()  # then whatever else the proxy has to say comes before its end
            await tap.rest()
    finally:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError, ssl.SSLError):
            await sending


async def _send(exchange: Exchange, tap: _Tap, writer: asyncio.StreamWriter, authority: bytes) -> None:
    before = b"" if exchange.way.tls or exchange.way.reverse else b"http://" + authority
    for step in exchange.client:
        if isinstance(step, Wait):
            await tap.seen(step.text)
        else:
            writer.write(step.replace(b" @/", b" %b/" % before).replace(b" @", b" " + before).replace(b"{a}", authority))
            await writer.drain()
            await asyncio.sleep(0)
