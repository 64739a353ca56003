"""A client's TLS handshake that never ends, in every mode: its connection does."""

import asyncio
import contextlib
import ssl
from pathlib import Path
from typing import Any

import pytest
from tests.certificates import Pki
from tests.proxy.running import origin, proxy, read_response, rule, status, tls_tunnel, tunnel, until

from authwright.proxy.server.handshake import Handshakes


def client_hello(name: str = "localhost") -> bytes:
    out = ssl.MemoryBIO()
    context = ssl.create_default_context()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    return out.read()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handshakes, "deadline", 0.2)


async def ends(reader: asyncio.StreamReader) -> bool:
    """Whether the connection ends, whatever came before."""
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 20)
    return True


@pytest.mark.usefixtures("soon", "engine")
@pytest.mark.parametrize("part", [slice(60), slice(None)], ids=["half a message", "a message"])
async def test_inside_a_tunnel(part: slice, tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context()) as there, proxy([rule("localhost")], tmp_path) as running:
        reader, writer, _ = await tunnel(running.port, f"localhost:{there.port}")
        writer.write(client_hello()[part])
        assert await ends(reader)
        writer.close()


@pytest.mark.usefixtures("soon", "engine")
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("part", [slice(60), slice(None)], ids=["half a message", "a message"])
async def test_in_reverse_mode(part: slice, scheme: str, tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context() if scheme == "https" else None) as there:
        mode = f"reverse:{scheme}://localhost:{there.port}"
        async with proxy([rule("localhost")], tmp_path, mode=mode) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(client_hello()[part])
            assert await ends(reader)
            writer.close()


async def test_of_which_one_byte_has_come(soon: None, tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("localhost")], tmp_path) as running:
        reader, writer, _ = await tunnel(running.port, f"localhost:{there.port}")
        writer.write(b"\x16")
        assert await ends(reader)
        writer.close()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch, soon: None) -> list[object]:
    """The looks taken at a handshake whose time is over."""
    taken: list[object] = []
    look = Handshakes._look

    def looked(self: Handshakes, known: Any) -> None:
        look(self, known)
        taken.append(known)

    monkeypatch.setattr(Handshakes, "_look", looked)
    return taken


@pytest.mark.usefixtures("engine")
async def test_one_that_ended_in_time_has_no_deadline_any_more(
    looks: list[object], tmp_path: Path, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handshakes, "deadline", 2)
    async with (
        origin(context=pki.server_context()) as there,
        proxy([rule("localhost")], tmp_path, upstream_ca=pki.ca) as running,
    ):
        authority = f"localhost:{there.port}"
        reader, writer = await tls_tunnel(running.port, authority, running.ca())
        await until(lambda: looks)
        writer.write(f"GET / HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        assert status(await asyncio.wait_for(read_response(reader), 20)) == 200
        writer.close()


@pytest.mark.usefixtures("engine")
async def test_a_tunnel_that_is_not_opened_has_none(looks: list[object], tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context()) as there, proxy([rule("api.example.com")], tmp_path) as running:
        reader, writer = await tls_tunnel(running.port, f"localhost:{there.port}", pki.ca)
        await until(lambda: looks)
        writer.write(f"GET / HTTP/1.1\r\nHost: localhost:{there.port}\r\n\r\n".encode())
        assert status(await asyncio.wait_for(read_response(reader), 20)) == 200
        writer.close()
