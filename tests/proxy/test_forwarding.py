"""What a scheme does not touch passes as it is: heads, bodies of any size, streams, trailers, upgrades."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.proxy.multiplexed import h2_ask, h2_origin
from tests.proxy.running import CANARY, Names, Pki, origin, proxy, read_response, rule, status, tls_tunnel

from authwright.rules.rule import Options
from authwright.schemes.oauth2 import OAuth2

pytestmark = pytest.mark.usefixtures("engine")

AUTHORIZATION = f"Authorization: Bearer {CANARY}\r\n".encode()


def request(port: int, line: str, *fields: str, body: bytes = b"") -> bytes:
    head = [line.format(f"http://127.0.0.1:{port}"), f"Host: 127.0.0.1:{port}", *fields, "", ""]
    return "\r\n".join(head).encode("latin-1") + body


async def test_a_head_leaves_byte_for_byte_but_for_the_credential(tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        fields = ("X-b: 2", "x-A:  1 ", "X-b: 1", "Cookie: a=b; c", "X-Bytes: \xff\xe4", "Accept-Encoding: zstd")
        await running.send(request(there.port, "GET {}/%7e/a+b%2f?q=%zz&&=a;b HTTP/1.1", *fields))
        expected = request(there.port, "GET /%7e/a+b%2f?q=%zz&&=a;b HTTP/1.1", *[f.replace(":  1 ", ": 1") for f in fields])
        assert expected[:-2] + AUTHORIZATION + b"\r\n" == there.received


HOP = {
    "proxy fields": (("Proxy-Authorization: Basic eA==", "Proxy-Connection: keep-alive", "Proxy-X: 1"), ()),
    "named fields": (("Connection: close, X-Hop", "X-Hop: 1", "X-End: 1"), ("X-End: 1",)),
    "our own named": (("Connection: Authorization",), ()),
    "keep-alive": (("Keep-Alive: timeout=5", "Connection: keep-alive"), ()),
    "trailers": (("TE: trailers, deflate",), ("TE: trailers",)),
    "other codings": (("TE: deflate",), ()),
    "an upgrade": (("Connection: keep-alive, Upgrade, X", "Upgrade: x", "X: 1"), ("Connection: Upgrade", "Upgrade: x")),
    "an upgrade that Connection does not name": (("Upgrade: h2c",), ()),
}


@pytest.mark.parametrize("name", HOP)
async def test_hop_by_hop_fields_go_no_further(name: str, tmp_path: Path) -> None:
    given, kept = HOP[name]
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        await running.send(request(there.port, "GET {}/ HTTP/1.1", *given))
        assert request(there.port, "GET / HTTP/1.1", *kept)[:-2] + AUTHORIZATION + b"\r\n" == there.received


async def test_a_client_that_wants_its_connection_closed_has_it_closed(tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(request(there.port, "GET {}/ HTTP/1.1", "Connection: close"))
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        assert answer.endswith(b"ok")


async def test_a_hundred_megabytes_pass_both_ways_without_being_kept(tmp_path: Path) -> None:
    size, chunk = 100 << 20, b"x" * (1 << 20)
    got = 0

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal got
        head = await reader.readuntil(b"\r\n\r\n")
        assert AUTHORIZATION in head
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while got < size:
            data = await reader.read(1 << 18)
            got += len(data)
            writer.write(data)
            await writer.drain()
        writer.close()

    import resource

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with proxy([rule("127.0.0.1")], tmp_path) as running:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(request(port, "POST {}/ HTTP/1.1", f"Content-Length: {size}"))

        async def upload() -> None:
            for _ in range(size >> 20):
                writer.write(chunk)
                await writer.drain()

        sending = asyncio.create_task(upload())
        await reader.readuntil(b"\r\n\r\n")
        received = 0
        while received < size:
            received += len(await reader.read(1 << 18))
        await sending
        writer.close()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    server.close()
    assert (size, size, True) == (got, received, grown < 50)


async def test_events_reach_the_client_while_the_stream_goes_on(tmp_path: Path) -> None:
    more = asyncio.Event()

    async def events(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n"
        )
        await more.wait()
        writer.write(b"8\r\ndata: 2\n\r\n0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(events, "127.0.0.1", 0)
    async with proxy([rule("127.0.0.1")], tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(request(server.sockets[0].getsockname()[1], "GET {}/ HTTP/1.1"))
        await asyncio.wait_for(reader.readuntil(b"data: 1\n"), 5)
        more.set()
        await asyncio.wait_for(reader.readuntil(b"data: 2\n"), 5)
        writer.close()
    server.close()


async def test_a_websocket_handshake_gets_the_credential_and_frames_pass(tmp_path: Path) -> None:
    websockets = pytest.importorskip("websockets.asyncio.server")
    from websockets.asyncio.client import connect

    seen = []

    async def echo(socket) -> None:
        seen.append(socket.request.headers.get("Authorization"))
        async for message in socket:
            await socket.send(message[::-1])

    async with websockets.serve(echo, "127.0.0.1", 0) as server, proxy([rule("127.0.0.1")], tmp_path) as running:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/", proxy=f"http://127.0.0.1:{running.port}") as socket:
            await socket.send("abc")
            assert (await socket.recv(), seen) == ("cba", [f"Bearer {CANARY}"])


async def test_a_host_without_a_rule_keeps_its_tls_to_itself(pki: Pki, tmp_path: Path) -> None:
    async with (
        origin(context=pki.server_context()) as there,
        proxy([rule("good.test")], tmp_path, extra=[Names({"sealed.test": there.port})]) as running,
    ):
        reader, writer = await tls_tunnel(running.port, "sealed.test:443", pki.ca)
        writer.write(b"GET / HTTP/1.1\r\nHost: sealed.test\r\n\r\n")
        assert (await read_response(reader)).endswith(b"ok")
        writer.close()
        assert there.received == b"GET / HTTP/1.1\r\nHost: sealed.test\r\n\r\n"


async def test_an_origin_with_an_untrusted_certificate_gets_nothing(pki: Pki, tmp_path: Path) -> None:
    async with (
        origin(context=pki.server_context()) as there,
        proxy([rule("good.test")], tmp_path, extra=[Names({"good.test": there.port})]) as running,
    ):
        reader, writer = await tls_tunnel(running.port, "good.test:443", running.ca())
        writer.write(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")
        answer = await read_response(reader)
        writer.close()
        problem = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert (
            status(answer),
            problem["code"],
            problem["rule"],
            "upstream_ca" in problem["hint"],
        ) == (502, "unreachable", "rule good.test", True)
        assert there.received == b""


async def test_a_client_certificate_is_presented_for_its_rule_alone(pki: Pki, tmp_path: Path) -> None:
    context = pki.server_context(client_certificates=True)
    certified = Options(allow_http=True, client_certificate=str(pki.client))
    with_certificate = rule("localhost", options=certified)
    with_certificate = type(with_certificate)(
        "certified",
        "t:1",
        type(with_certificate.match).build(host=("localhost",), port=("*",), path=("/in/**",)),
        with_certificate.credential,
        certified,
    )
    async with (
        origin(context=context) as there,
        proxy([with_certificate, rule("localhost")], tmp_path, upstream_ca=str(pki.ca)) as running,
    ):
        reader, writer = await tls_tunnel(running.port, f"localhost:{there.port}", running.ca())
        for path in ("/in/a", "/out", "/in/b", "/out"):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{there.port}\r\n\r\n".encode())
            assert status(await asyncio.wait_for(read_response(reader), 5)) == 200
        writer.close()
        by_connection = [
            ("rule-client" in peer, bytes(log).count(b"GET /in/"), bytes(log).count(b"GET /out"))
            for peer, log in zip(there.peers, there.connections, strict=True)
        ]
        assert sorted(by_connection) == [(False, 0, 2), (True, 2, 0)]


# -- a rejected token

OAUTH = OAuth2(
    grant=SimpleNamespace(grant="client_credentials", authorization_server="", key="k", dpop=False, further_endpoints=())
)  # type: ignore[arg-type]  # its key is all that is asked


def rejecting(head: bytes) -> bytes:
    body = b"no" * 5000
    return (
        b"HTTP/1.1 401 No\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        if b"Bearer token-1\r" in head
        else b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    )


RETRIES = {
    "no body": ((), b"", 200, 2),
    "a body": (("Content-Length: 3",), b"abc", 200, 2),
    "chunks, which are streamed past": (("Transfer-Encoding: chunked",), b"3\r\nabc\r\n0\r\n\r\n", 401, 1),
    "a body that is too large to keep": (("Content-Length: 65537",), b"x" * 65537, 401, 1),
}


@pytest.mark.parametrize("name", RETRIES)
async def test_a_rejected_token_is_replaced_and_the_request_sent_again_on_the_same_connection(name: str, tmp_path: Path) -> None:
    fields, body, expected, sends = RETRIES[name]
    async with origin(rejecting) as there, proxy([rule("127.0.0.1", OAUTH)], tmp_path) as running:
        answer = await running.send(request(there.port, "POST {}/ HTTP/1.1", *fields, body=body))
        assert (expected, sends, 1) == (status(answer), len(there.heads), len(there.connections))
        assert there.received.count(body) == sends if body and sends == 2 else True


async def test_a_second_rejection_is_the_clients(tmp_path: Path) -> None:
    always = b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"
    async with origin(lambda _: always) as there, proxy([rule("127.0.0.1", OAUTH)], tmp_path) as running:
        answer = await running.send(request(there.port, "GET {}/ HTTP/1.1"))
        assert (status(answer), answer[-2:], len(there.heads)) == (401, b"no", 2)


# -- HTTP/2


async def test_http2_passes_with_its_trailers_and_a_rejected_token_is_replaced_on_the_same_connection(
    pki: Pki, tmp_path: Path
) -> None:
    def reply(head: dict[bytes, bytes]) -> int:
        return 401 if head[b"authorization"] in (b"Bearer token-1", b"Bearer token-2") else 200

    async with h2_origin(pki, reply) as (port, seen):
        settings = {"extra": [Names({"good.test": port})], "upstream_ca": str(pki.ca)}
        async with proxy([rule("good.test", OAUTH)], tmp_path, **settings) as running:
            reader, writer = await tls_tunnel(running.port, "good.test:443", running.ca(), alpn=["h2"])
            answers = await h2_ask(reader, writer, [b"abc", b"def"])
            writer.close()
    assert answers == [(b"200", b"ok", b"0")] * 2
    assert sorted(head[b"body"] for head in seen) == [b"abc", b"abc", b"def", b"def"]
    assert {head[b"te"] for head in seen} == {b"trailers"}
