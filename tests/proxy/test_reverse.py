"""A reverse proxy whose own clients speak TLS with it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.certificates import Pki
from tests.proxy.multiplexed import h2_ask
from tests.proxy.running import CANARY, Origin, Running, origin, proxy, read_response, rule, status

ODD = b"HTTP/1.1 200 OK\r\nX-Odd:no space\r\nContent-Length: 2\r\n\r\nok"
"""Our own layer passes its head as it is; mitmproxy's writes it anew."""


@contextlib.asynccontextmanager
async def reverse(scheme: str, pki: Pki, folder: Path) -> AsyncIterator[tuple[Running, Origin]]:
    async with origin(lambda _: ODD, pki.server_context() if scheme == "https" else None) as there:
        mode = f"reverse:{scheme}://localhost:{there.port}"
        async with proxy([rule("localhost")], folder, mode=mode, upstream_ca=pki.ca) as running:
            yield running, there


async def talk(running: Running, *alpn: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.create_default_context(cafile=running.ca())
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return await asyncio.open_connection("127.0.0.1", running.port, ssl=context, server_hostname="localhost")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_http1_is_carried_by_the_layer_that_was_chosen(engine: str, scheme: str, pki: Pki, tmp_path: Path) -> None:
    async with reverse(scheme, pki, tmp_path) as (running, there):
        reader, writer = await talk(running)
        for _ in range(2):
            writer.write(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = await asyncio.wait_for(read_response(reader), 20)
            assert (status(answer), b"\r\nX-Odd:no space\r\n" in answer) == (200, engine == "auto")
        writer.close()
        assert (len(there.connections), there.received.count(b"Authorization: Bearer " + CANARY.encode())) == (1, 2)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_http2_is_carried_by_mitmproxys(scheme: str, pki: Pki, tmp_path: Path) -> None:
    async with reverse(scheme, pki, tmp_path) as (running, there):
        reader, writer = await talk(running, "h2", "http/1.1")
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
        answers = await h2_ask(reader, writer, [b"one", b"two"], authority=f"localhost:{there.port}".encode())
        writer.close()
        assert [code for code, *_ in answers] == [b"200", b"200"]
        assert there.received.count(b"authorization: Bearer " + CANARY.encode()) == 2
