"""``*.localhost`` is this machine without asking a resolver, for what is forwarded and for our own requests."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.proxy.running import CANARY, origin, proxy, rule, status, tunnel

from authwright.message import Request
from authwright.outbound.transport import HttpTransport
from authwright.rules.rule import Options

NAMES = ("localhost", "api.localhost", "a.b.localhost", "API.localhost", "api.localhost.")


@pytest.fixture(autouse=True)
def misled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A resolver of the system that sends every such name to another machine; what it was asked."""
    asked, ask = [], socket.getaddrinfo

    def resolve(host: Any, port: Any, *more: Any, **how: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if "localhost" in name.lower():
            asked.append(name)
            raise socket.gaierror(socket.EAI_NONAME, "sent elsewhere")
        return ask(host, port, *more, **how)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tunnelled", [False, True], ids=["asked", "inside a tunnel"])
async def test_a_request_to_such_a_name_stays_on_this_machine(
    engine: str, name: str, tunnelled: bool, misled: list[str], tmp_path: Path
) -> None:
    async with origin() as there, proxy([rule(name.lower().rstrip("."), options=Options())], tmp_path) as running:
        host = f"{name}:{there.port}"
        if tunnelled:
            reader, writer, _ = await tunnel(running.port, host)
            writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            writer.close()
        else:
            answer = await running.send(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert (engine, status(answer), there.received.count(CANARY.encode())) == (engine, 200, 1)
    assert misled == []


@pytest.mark.parametrize("name", NAMES)
async def test_a_request_of_our_own_stays_on_this_machine_too(name: str, misled: list[str]) -> None:
    async with origin() as there:
        transport = HttpTransport()
        response = await transport.send(Request.of("GET", f"http://{name}:{there.port}/"))
        await transport.close()
    assert (response.status, misled) == (200, [])
