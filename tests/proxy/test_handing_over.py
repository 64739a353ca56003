"""Connections of our own layer whose rules are taken away: who serves them is chosen anew, at the next request."""

import asyncio
import contextlib
import logging
import ssl
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import ctx, exceptions
from tests.certificates import Pki
from tests.proxy.foreign_mitmproxy import mitmproxy
from tests.proxy.running import Origin, origin, read_response, status, until

from authwright import assembly
from authwright.config.reload import Watch
from authwright.proxy.server.script import ScriptAddon, ScriptOptions

DOCUMENT = """
version: 1
settings: {password: pass-canary}
environments:
  dev: {token: dev-canary}
  prod: {token: prod-canary}
rules:
  - match: "127.0.0.1:*"
    auth: {type: bearer, token: "${token}"}
  - match: "localhost:*"
    auth: {type: bearer, token: "${token}"}
"""
PASSWORD = "Proxy-Authorization: Basic eDpwYXNzLWNhbmFyeQ==\r\n"


class Shown:
    """An addon that looks at flows."""

    name = "shown"

    def __init__(self) -> None:
        self.paths: list[str] = []

    def response(self, flow: Any) -> None:
        self.paths.append(flow.request.path)


class Kept:
    """A client with one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: Origin, scheme: str = "") -> None:
        self.reader, self.writer, self.there = reader, writer, there
        self.forward = scheme == ""

    def request(self, path: str) -> bytes:
        host = f"{'127.0.0.1' if self.forward else 'localhost'}:{self.there.port}"
        where, more = (f"http://{host}", PASSWORD) if self.forward else ("", "")
        return f"GET {where}{path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()

    async def ask(self, path: str) -> int:
        self.writer.write(self.request(path))
        return await self.answer()

    async def answer(self) -> int:
        return status(await asyncio.wait_for(read_response(self.reader), 20))

    def tokens(self) -> list[str]:
        """What the origin got, in order."""
        heads = (head.decode() for head in self.there.heads)
        return [f"{head.split(' ')[1]} {head.partition('Bearer ')[2].partition(chr(13))[0]}" for head in heads]


@contextlib.asynccontextmanager
async def talking(port: int, there: Origin):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Kept(reader, writer, there)
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def talking_inside(port: int, there: Origin, ca: Path):
    """Inside a tunnel's TLS: the password was given for the tunnel."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        authority = f"localhost:{there.port}"
        writer.write(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{PASSWORD}\r\n".encode())
        assert status(await reader.readuntil(b"\r\n\r\n")) == 200
        await writer.start_tls(ssl.create_default_context(cafile=ca), server_hostname="localhost")
        yield Kept(reader, writer, there, "https")
    finally:
        writer.close()


@pytest.fixture
def script(tmp_path: Path) -> ScriptAddon:
    (tmp_path / "authwright.yaml").write_text(DOCUMENT)

    def build(asked: ScriptOptions) -> Any:
        watch = Watch(tmp_path / "authwright.yaml", asked.environment or None)
        return assembly.build(watch, watch.current.settings, home=tmp_path / "home")

    return ScriptAddon(build)


CHOSEN = {"authwright_engine": "auto", "authwright_env": "dev"}


async def test_the_next_request_of_a_kept_connection_gets_what_the_new_choice_says(script: ScriptAddon, tmp_path: Path) -> None:
    shown = Shown()
    async with origin() as there, mitmproxy(tmp_path, script, shown) as (port, opts):
        opts.update(**CHOSEN)
        async with talking(port, there) as client:
            assert await client.ask("/1") == 200
            opts.update(authwright_env="prod")
            assert await client.ask("/2") == 200
            assert shown.paths == []
            opts.update(authwright_engine="stock")
            assert [await client.ask("/3"), await client.ask("/4")] == [200, 200]
            assert client.tokens() == ["/1 dev-canary", "/2 prod-canary", "/3 prod-canary", "/4 prod-canary"]
            await until(lambda: shown.paths == ["/3", "/4"])


async def test_inside_a_tunnels_tls_the_client_stays_known(script: ScriptAddon, tmp_path: Path, pki: Pki) -> None:
    shown = Shown()
    trusted = {"ssl_verify_upstream_trusted_ca": str(pki.ca)}
    async with origin(context=pki.server_context()) as there, mitmproxy(tmp_path, script, shown, **trusted) as (port, opts):
        opts.update(**CHOSEN)
        async with talking_inside(port, there, tmp_path / "conf" / "mitmproxy-ca-cert.pem") as client:
            assert await client.ask("/1") == 200
            opts.update(authwright_env="prod")
            assert await client.ask("/2") == 200
            opts.update(authwright_engine="stock")
            assert await client.ask("/3") == 200
            assert client.tokens() == ["/1 dev-canary", "/2 prod-canary", "/3 prod-canary"]
            await until(lambda: shown.paths[-1:] == ["/3"])


@pytest.mark.parametrize("engine", ["auto", "stock"])
async def test_a_request_of_which_a_part_has_come_is_read_from_its_beginning(
    engine: str, script: ScriptAddon, tmp_path: Path
) -> None:
    async with origin() as there, mitmproxy(tmp_path, script) as (port, opts):
        opts.update(**CHOSEN)
        async with talking(port, there) as client:
            raw = client.request("/2") + client.request("/3")
            client.writer.write(client.request("/1") + raw[:40])
            assert await client.answer() == 200
            opts.update(authwright_env="prod", authwright_engine=engine)
            client.writer.write(raw[40:])
            assert [await client.answer(), await client.answer()] == [200, 200]
            assert client.tokens() == ["/1 dev-canary", "/2 prod-canary", "/3 prod-canary"]


async def test_when_there_are_no_rules_any_more_the_next_request_is_refused(script: ScriptAddon, tmp_path: Path) -> None:
    async with origin() as there, mitmproxy(tmp_path, script) as (port, opts):
        opts.update(**CHOSEN)
        async with talking(port, there) as client:
            assert await client.ask("/1") == 200
            (tmp_path / "authwright.yaml").write_text("")
            with contextlib.suppress(exceptions.OptionsError):
                opts.update(authwright_env="prod")
            assert await client.ask("/2") == 502
            assert client.tokens() == ["/1 dev-canary"]


async def test_what_our_layer_had_open_ends_without_disturbing_who_serves_now(
    script: ScriptAddon, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadline and connections to origins end afterwards, as events that mitmproxy's layer knows nothing of."""
    monkeypatch.setattr("authwright.proxy.http1.layer.HEAD_DEADLINE", 0.2)
    async with origin() as there, origin() as other, mitmproxy(tmp_path, script) as (port, opts):
        opts.update(**CHOSEN)
        async with talking(port, there) as client:
            assert [await client.ask("/1"), await Kept(client.reader, client.writer, other).ask("/other")] == [200, 200]
            (handler,) = ctx.master.addons.get("proxyserver").connections.values()
            client.writer.write(client.request("/2")[:20])
            await until(lambda: handler.wakeup_timer)
            opts.update(authwright_engine="stock")
            client.writer.write(client.request("/2")[20:])
            assert await client.answer() == 200
            await until(lambda: not handler.wakeup_timer and len(handler.transports) == 2)
            assert await client.ask("/3") == 200
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
