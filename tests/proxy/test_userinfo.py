"""A password in a URL stands in no answer, log or record, and goes nowhere (RFC 9110 section 4.2.4)."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest
from tests.proxy.running import Pki, origin, proxy, rule, status, tls_tunnel, tunnel

from authwright.ambient import SystemAmbient
from authwright.cli.log import lines, to_object

CANARY = "pw-canary"
HEADS = {
    "an absolute URL": "GET http://user:{pw}@{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a name alone": "GET http://{pw}@{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "two at signs": "GET http://user:{pw}@user:{pw}@{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a port that is none": "GET http://user:{pw}/@{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "the Host header": "GET http://{host}/ HTTP/1.1\r\nHost: user:{pw}@{host}\r\n\r\n",
    "both": "GET http://user:{pw}@{host}/ HTTP/1.1\r\nHost: user:{pw}@{host}\r\n\r\n",
    "another scheme": "GET ftp://user:{pw}@{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "no scheme": "GET user:{pw}@{host} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "CONNECT": "CONNECT user:{pw}@{host} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a wide at sign": "GET http://user:{pw}\uff20{host}/ HTTP/1.1\r\nHost: user:{pw}\uff20{host}\r\n\r\n",
}


def shown(running: object, caplog: pytest.LogCaptureFixture) -> str:
    """Everything that is kept or told of what happened."""
    now = SystemAmbient().now()
    traces = running.traces  # type: ignore[attr-defined]  # of the proxy's tests
    told = [line for trace in traces for line in lines(trace, now, changes=True, paint=lambda _, text: text)]
    told += [json.dumps(to_object(trace, now, changes=True)) for trace in traces]
    told += [repr((trace.request, trace.error)) for trace in traces]
    return "\n".join((*told, *running.notices, caplog.text))  # type: ignore[attr-defined]  # as above


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", HEADS)
async def test_it_is_refused_and_not_repeated(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        head = HEADS[name].format(pw=CANARY, host=f"127.0.0.1:{there.port}")
        answer = await running.send(head.encode())
        told = shown(running, caplog)
    assert status(answer) in {400, 421}
    assert CANARY.encode() not in answer
    assert CANARY not in told
    assert there.connections == []


@pytest.mark.usefixtures("engine")
async def test_inside_a_tunnel_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        reader, writer, _ = await tunnel(running.port, f"127.0.0.1:{there.port}")
        writer.write(f"GET / HTTP/1.1\r\nHost: user:{CANARY}@127.0.0.1:{there.port}\r\n\r\n".encode())
        answer = await reader.readuntil(b"}")
        writer.close()
        told = shown(running, caplog)
    assert (status(answer), CANARY.encode() in answer, CANARY in told, there.received) == (400, False, False, b"")


async def test_over_http2_too(pki: Pki, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rules = [rule("localhost")]
    async with origin(context=pki.server_context()) as there, proxy(rules, tmp_path, upstream_ca=str(pki.ca)) as running:
        reader, writer = await tls_tunnel(running.port, f"localhost:{there.port}", running.ca(), alpn=["h2"])
        client = h2.connection.H2Connection(h2.config.H2Configuration(validate_outbound_headers=False))
        client.initiate_connection()
        head = {":method": "GET", ":scheme": "https", ":path": "/", ":authority": f"user:{CANARY}@localhost:{there.port}"}
        client.send_headers(1, list(head.items()), end_stream=True)
        writer.write(client.data_to_send())
        heard = await asyncio.wait_for(_until_the_end(reader, client), 20)
        writer.close()
        told = shown(running, caplog)
    assert there.received == b""
    assert CANARY not in told + heard


async def _until_the_end(reader: asyncio.StreamReader, client: h2.connection.H2Connection) -> str:
    """What the proxy says until it ends the request or the connection."""
    heard: list[str] = []
    while data := await reader.read(65536):
        events = client.receive_data(data)
        heard += [repr((event, getattr(event, "headers", None), getattr(event, "data", None))) for event in events]
        if any(isinstance(event, h2.events.StreamEnded | h2.events.StreamReset) for event in events):
            break
    return "".join(heard)
