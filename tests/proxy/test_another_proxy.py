"""``--mode upstream:URL``: what leaves goes through another proxy, which gets no credential that is not its to see."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.certificates import Pki
from tests.proxy.multiplexed import h2_ask
from tests.proxy.running import CANARY, Origin, Running, origin, proxy, read_response, rule, status, tls_tunnel, tunnel

from authwright.rules.rule import Options

pytestmark = pytest.mark.usefixtures("engine")
BEARER = f"Authorization: Bearer {CANARY}\r\n".encode()


@dataclass
class Another:
    """Another proxy: answers plain requests itself, and opens tunnels to the origins that it knows."""

    origins: dict[bytes, int] = field(default_factory=dict)
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    refuses: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while (head := await reader.readuntil(b"\r\n\r\n")) and not head.startswith(b"CONNECT "):
                self.heads.append(head)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            self.heads.append(head)
            if self.refuses:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            else:
                there, to = await asyncio.open_connection("127.0.0.1", self.origins[head.split()[1]])
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                await asyncio.gather(pump(reader, to), pump(there, writer))
        writer.close()


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
    sink.close()


@contextlib.asynccontextmanager
async def between(
    folder: Path, pki: Pki, there: Origin, *, tls: bool = False, **settings: Any
) -> AsyncIterator[tuple[Running, Another]]:
    """A proxy of ours, and another one behind it that knows where good.test and sealed.test are."""
    another = Another({f"{name}.test:{port}".encode(): there.port for name in ("good", "sealed") for port in (80, 443)})
    server = await asyncio.start_server(another.serve, "127.0.0.1", 0, ssl=pki.server_context() if tls else None)
    another.port = server.sockets[0].getsockname()[1]
    mode = f"upstream:{'https' if tls else 'http'}://localhost:{another.port}"
    try:
        async with proxy([rule("good.test")], folder, mode=mode, upstream_ca=pki.ca, **settings) as running:
            yield running, another
    finally:
        server.close()
        server.close_clients()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str, host: str = "good.test") -> bytes:
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return await asyncio.wait_for(read_response(reader), 20)


@pytest.mark.parametrize("tls", [False, True], ids=["in the clear", "inside TLS"])
async def test_it_is_told_the_whole_url_of_plain_requests(tls: bool, tmp_path: Path, pki: Pki) -> None:
    async with origin() as there, between(tmp_path, pki, there, tls=tls) as (running, another):
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        answers = [await ask(reader, writer, f"http://good.test{path}") for path in ("/y?z=1", "/", "")]
        writer.close()
    assert [status(answer) for answer in answers] == [200] * 3
    lines = [head.partition(b"\r\n")[0] for head in another.heads]
    assert lines == [b"GET http://good.test%b HTTP/1.1" % path for path in (b"/y?z=1", b"/", b"/")]
    assert [head.count(BEARER) for head in another.heads] == [1] * 3
    assert (another.connections, there.received) == (1, b"")


@pytest.mark.parametrize("tls", [False, True], ids=["in the clear", "inside TLS"])
async def test_of_requests_inside_tls_it_sees_nothing(tls: bool, tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context()) as there, between(tmp_path, pki, there, tls=tls) as (running, another):
        reader, writer = await tls_tunnel(running.port, "good.test:443", running.ca())
        assert [status(await ask(reader, writer, path)) for path in ("/1", "/2")] == [200, 200]
        writer.close()
    assert [head.partition(b"\r\n")[0] for head in another.heads] == [b"CONNECT good.test:443 HTTP/1.1"]
    assert (len(there.connections), there.received.count(BEARER), CANARY.encode() in another.heads[0]) == (1, 2, False)


async def test_http2_inside_a_tunnel_goes_through_it_too(tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context()) as there, between(tmp_path, pki, there) as (running, another):
        reader, writer = await tls_tunnel(running.port, "good.test:443", running.ca(), alpn=["h2"])
        assert [code for code, *_ in await h2_ask(reader, writer, [b"one", b"two"])] == [b"200", b"200"]
        writer.close()
    assert {head.partition(b"\r\n")[0] for head in another.heads} == {b"CONNECT good.test:443 HTTP/1.1"}
    assert there.received.lower().count(BEARER.lower()) == 2


async def test_a_tunnel_to_a_host_without_a_rule_goes_through_unopened(tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context()) as there, between(tmp_path, pki, there) as (running, another):
        reader, writer = await tls_tunnel(running.port, "sealed.test:443", pki.ca)
        assert status(await ask(reader, writer, "/", "sealed.test")) == 200
        writer.close()
    assert [head.partition(b"\r\n")[0] for head in another.heads] == [b"CONNECT sealed.test:443 HTTP/1.1"]
    assert there.received == b"GET / HTTP/1.1\r\nHost: sealed.test\r\n\r\n"


async def test_plain_requests_inside_a_tunnel_stay_inside_one(tmp_path: Path, pki: Pki) -> None:
    async with origin() as there, between(tmp_path, pki, there) as (running, another):
        reader, writer, _ = await tunnel(running.port, "good.test:80")
        assert status(await ask(reader, writer, "/1")) == 200
        writer.close()
    assert [head.partition(b"\r\n")[0] for head in another.heads] == [b"CONNECT good.test:80 HTTP/1.1"]
    assert (there.received.startswith(b"GET /1 HTTP/1.1\r\n"), there.received.count(BEARER)) == (True, 1)


async def test_a_proxy_that_refuses_is_named(tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context()) as there, between(tmp_path, pki, there) as (running, another):
        another.refuses = True
        reader, writer = await tls_tunnel(running.port, "good.test:443", running.ca())
        problem = json.loads((await ask(reader, writer, "/1")).partition(b"\r\n\r\n")[2])
        writer.close()
    assert (problem["code"], there.received) == ("unreachable", b"")
    assert "407" in problem["detail"]


@pytest.mark.parametrize("host", ["localhost", "api.localhost", "127.0.0.1", "[::1]"])
@pytest.mark.parametrize("tunnelled", [False, True], ids=["asked", "inside a tunnel"])
async def test_no_name_of_this_machine_is_one_behind_it(host: str, tunnelled: bool, tmp_path: Path) -> None:
    """``localhost`` is the other proxy's machine: the credential would cross the way to it in the clear."""
    another = Another()
    server = await asyncio.start_server(another.serve, "127.0.0.1", 0)
    mode = f"upstream:http://localhost:{server.sockets[0].getsockname()[1]}"
    rules = [rule(host.strip("[]"), options=Options())]
    async with proxy(rules, tmp_path, mode=mode) as running:
        if tunnelled:
            reader, writer, _ = await tunnel(running.port, f"{host}:9000")
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        target = "/x" if tunnelled else f"http://{host}:9000/x"
        problem = json.loads((await ask(reader, writer, target, f"{host}:9000")).partition(b"\r\n\r\n")[2])
        writer.close()
    server.close()
    server.close_clients()
    assert problem["code"] == "plaintext"
    assert not any(CANARY.encode() in head for head in another.heads)
