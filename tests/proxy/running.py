"""A proxy in this process, origins that record the bytes they receive, and clients that send bytes as they are."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

from tests.ambients import Clock
from tests.certificates import Pki, make_pki  # noqa: F401 - for those who stand on this ground

from authwright import assembly
from authwright.config.reload import Watch
from authwright.engine.engine import Engine
from authwright.flow.bases import SchemeBase
from authwright.flow.language import Flow
from authwright.flow.protocols import Ambient
from authwright.flow.token import Token
from authwright.message import Place, Request
from authwright.proxy.server import master
from authwright.record.recorder import Level, Listener, Recorder, TraceListener
from authwright.rules.match import Match
from authwright.rules.rule import Credential, Options, Prepared, Rule
from authwright.rules.ruleset import RuleSet
from authwright.rules.settings import Settings
from authwright.schemes.bearer import Bearer
from authwright.secret import Secret

CANARY = "s3cr3t-canary"
ENGINE: Literal["auto", "stock"] = "auto"
"""What moves the bytes; the fixture ``engine`` runs a test with each."""
LEVEL = Level.OUTCOMES
"""How much ``Running.traces`` hears of exchanges that go well."""
LISTENERS: tuple[Listener, ...] = ()
"""Who listens beside it."""


# -- origins


@dataclass
class Origin:
    """An HTTP/1.1 server that records each connection's bytes, and answers by *reply*."""

    reply: Callable[[bytes], bytes] = lambda _head: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    port: int = 0
    connections: list[bytearray] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    tls: bool = False

    @property
    def received(self) -> bytes:
        return b"\n--\n".join(bytes(each) for each in self.connections)

    @property
    def heads(self) -> list[bytes]:
        return [part for each in self.connections for part in bytes(each).split(b"\r\n\r\n") if b" HTTP/1." in part]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        log = bytearray()
        self.connections.append(log)
        certificate = writer.get_extra_info("peercert") or {}
        self.peers.append(str(certificate.get("subject", "")))
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                log += head
                log += await _body(reader, head.lower())
                writer.write(self.reply(head))
                await writer.drain()
                if b"101 Switching" in self.reply(head):
                    while data := await reader.read(4096):
                        writer.write(data)
        writer.close()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"transfer-encoding: chunked" in head:
        body = b""
        while True:
            size = await reader.readuntil(b"\r\n")
            chunk = await reader.readexactly(int(size, 16) + 2)
            body += chunk[:-2]
            if size == b"0\r\n":
                return body
    if b"\r\ncontent-length:" in head:
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        return await reader.readexactly(length)
    return b""


@contextlib.asynccontextmanager
async def origin(reply: Callable[[bytes], bytes] | None = None, context: ssl.SSLContext | None = None) -> AsyncIterator[Origin]:
    server = Origin(reply) if reply else Origin()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    server.port, server.tls = listening.sockets[0].getsockname()[1], context is not None
    try:
        yield server
    finally:
        listening.close()
        listening.close_clients()


# -- rules


@dataclass(frozen=True)
class Whole(SchemeBase):
    """*scheme*, made to wait for the body."""

    scheme: Any
    type: ClassVar[str] = "whole"

    @property
    def places(self) -> tuple[Place, ...]:
        return self.scheme.places

    def reads_body(self, request: Request) -> bool:
        return True

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        return self.scheme.authorize(request, ambient)


def credential(scheme: Any) -> Credential:
    bound, prepared = getattr(scheme, "binds_connection", False), Prepared(scheme, frozenset((CANARY,)))
    made = Credential(name="c", type=scheme.type, hosts=(), build=lambda: prepared, binds_connection=bound)
    made.scheme()
    return made


BEARER = Bearer(token=Secret(CANARY))


def rule(host: str, scheme: Any = BEARER, *, options: Options | None = None, port: str = "*") -> Rule:
    options = options or Options(allow_http=True)
    return Rule(
        f"rule {host}",
        "test:1",
        Match.build(host=(host,), port=(port,)),
        scheme and credential(scheme),
        options,
    )


class Names:
    """Maps host names to loopback ports, as a resolver would."""

    name = "names"

    def __init__(self, ports: dict[str, int]) -> None:
        self.ports = ports

    def server_connect(self, data: Any) -> None:
        host = data.server.address[0]
        if host in self.ports:
            data.server.address = ("127.0.0.1", self.ports[host])


class Tokens:
    """A broker that hands out ``token-1``, ``token-2`` … whenever one was rejected."""

    def __init__(self) -> None:
        self.given = 0

    def held(self, grant: Any, rejected: Token | None = None, host: str = "") -> Token | None:
        return None

    async def obtain(self, grant: Any, run: Any, *, label: Any, rejected: Token | None = None, **_: Any) -> Token:
        await asyncio.sleep(0)
        self.given += 1
        return Token(Secret(f"token-{self.given}"))


@dataclass
class Running:
    """A proxy that listens."""

    port: int
    services: Any
    traces: list[Any]
    notices: list[str]
    home: Path
    stop: asyncio.Event

    def ca(self) -> Path:
        return self.home / "ca" / "mitmproxy-ca-cert.pem"

    async def send(self, raw: bytes, *, wait: float = 5) -> bytes:
        """What the proxy answers to *raw*, until it closes or a whole answer was read."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            return await asyncio.wait_for(read_response(reader), wait)
        finally:
            writer.close()


async def read_response(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as short:
        return short.partial
    return head + await _body(reader, head.lower())


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


@contextlib.asynccontextmanager
async def proxy(
    rules: Sequence[Rule], home: Path, *, settings: Settings | None = None, extra: Sequence[object] = (), **changes: Any
) -> AsyncIterator[Running]:
    """A proxy over services made by hand: rules by hand, tokens from nowhere."""
    tokens = Tokens()

    async def close() -> None:
        return

    services = SimpleNamespace(
        rules=SimpleNamespace(current=RuleSet(rules), refresh=lambda: None),
        settings=replace(settings or Settings(), **({"listen": "127.0.0.1:0", "engine": ENGINE} | changes)),
        engine=Engine(SimpleNamespace(), tokens, Clock()),  # type: ignore[arg-type]  # sends nothing
        tokens=tokens,
        home=home,
        resume=close,
        follow=close,
        close=close,
    )
    async with serving(services, home, extra=extra) as running:
        yield running


@contextlib.asynccontextmanager
async def living(document: str, home: Path, *, extra: Sequence[object] = (), **changes: Any) -> AsyncIterator[Running]:
    """A proxy over real services, its configuration in ``home/authwright.yaml``."""
    file = home / "authwright.yaml"
    file.write_text(document)
    watch = Watch(file)
    settings = replace(watch.current.settings, **({"listen": "127.0.0.1:0", "engine": ENGINE} | changes))
    async with serving(assembly.build(watch, settings, home=home / "home"), home / "home", extra=extra) as running:
        yield running


@contextlib.asynccontextmanager
async def serving(services: Any, home: Path, *, extra: Sequence[object] = ()) -> AsyncIterator[Running]:
    """The proxy over *services*, until the block ends."""
    ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    running = Running(0, services, [], [], home, asyncio.Event())
    services.engine.recorder = Recorder(TraceListener(running.traces.append, LEVEL), *LISTENERS)
    serve = master.serve(
        services,
        services.settings,
        on_ready=ready.set_result,
        notice=running.notices.append,
        stop=running.stop,
        grace=5,
        extra=extra,
    )
    task = asyncio.create_task(serve)
    await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    running.port = ready.result()[0][1]
    try:
        yield running
    finally:
        running.stop.set()
        await task


async def until(found: Callable[[], Any], patience: float = 20) -> Any:
    """What *found* gives once it is true; fails after *patience* seconds."""
    async with asyncio.timeout(patience):
        while not (result := found()):  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)
    return result


async def tunnel(port: int, authority: str, *, headers: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    """A CONNECT tunnel through the proxy."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (authority.encode(), authority.encode(), headers))
    return reader, writer, await reader.readuntil(b"\r\n\r\n")


async def tls_tunnel(
    port: int, authority: str, cafile: Path, *, sni: str | None = "", alpn: Sequence[str] = ()
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer, _ = await tunnel(port, authority)
    context = ssl.create_default_context(cafile=cafile)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if sni is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        await writer.start_tls(context, server_hostname=(sni or authority.rpartition(":")[0]) if sni is not None else None)
    except BaseException:
        writer.transport.abort()  # no test gets it, so none can close it
        raise
    return reader, writer


def free_port() -> int:
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        return int(each.getsockname()[1])
