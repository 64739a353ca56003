"""A body that can be sent once waits while a HEAD asks for the challenge."""

import asyncio
from pathlib import Path

import pytest
from tests.proxy.multiplexed import h2_ask, h2_origin
from tests.proxy.running import Names, Pki, origin, proxy, read_response, rule, status, tls_tunnel

from authwright.schemes.digest import Digest
from authwright.secret import Secret

pytestmark = pytest.mark.usefixtures("engine")

SCHEME = Digest(username="alice", password=Secret("wonderland"))
CHALLENGE = 'Digest realm="r", nonce="n", qop="auth"'
REJECTION = f"HTTP/1.1 401 No\r\nWWW-Authenticate: {CHALLENGE}\r\nContent-Length: 2\r\n\r\n".encode()
OK = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


def guarded(head: bytes) -> bytes:
    if b"Authorization: Digest" in head:
        return OK
    return REJECTION if head.startswith(b"HEAD") else REJECTION + b"no"


def upload(port: int, *fields: str, method: str = "PUT", target: str = "/up") -> bytes:
    lines = [f"{method} http://127.0.0.1:{port}{target} HTTP/1.1", f"Host: 127.0.0.1:{port}", *fields, "", ""]
    return "\r\n".join(lines).encode()


BODY = b"x" * 200_000
FRAMINGS = {
    "a length": ((f"Content-Length: {len(BODY)}",), BODY),
    "chunks": (("Transfer-Encoding: chunked",), b"30d40\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a length that waits": ((f"Content-Length: {len(BODY)}", "Expect: 100-continue"), BODY),
}


@pytest.mark.parametrize("framing", FRAMINGS)
async def test_an_upload_is_sent_once_with_the_answer_to_the_heads_challenge(framing: str, tmp_path: Path) -> None:
    fields, body = FRAMINGS[framing]
    async with origin(guarded) as there, proxy([rule("127.0.0.1", SCHEME)], tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        for target in ("/up", "/again"):
            writer.write(upload(there.port, *fields, target=target) + body)
            answer = await asyncio.wait_for(read_response(reader), 5)
            if answer.startswith(b"HTTP/1.1 100"):
                answer = await asyncio.wait_for(read_response(reader), 5)
            assert status(answer) == 201
        writer.close()
    assert [there.received.count(line) for line in (b"HEAD /up ", b"PUT /up ", b"HEAD /again ", b"PUT /again ")] == [1, 1, 0, 1]
    assert (len(there.connections), there.received.count(BODY), there.received.count(b"Authorization: Digest")) == (1, 2, 2)


async def test_a_head_that_is_not_challenged_lets_the_upload_go_as_it_is(tmp_path: Path) -> None:
    def open_to_head(head: bytes) -> bytes:
        return OK.replace(b"201", b"405") if head.startswith(b"HEAD") else guarded(head)

    async with origin(open_to_head) as there, proxy([rule("127.0.0.1", SCHEME)], tmp_path) as running:
        answers = [await running.send(upload(there.port, f"Content-Length: {len(BODY)}") + BODY) for _ in range(2)]
    assert [status(answer) for answer in answers] == [401, 201]
    assert (there.received.count(b"HEAD /up"), there.received.count(BODY)) == (1, 2)


async def test_a_small_body_is_kept_and_sent_again(tmp_path: Path) -> None:
    async with origin(guarded) as there, proxy([rule("127.0.0.1", SCHEME)], tmp_path) as running:
        answer = await running.send(upload(there.port, "Content-Length: 3", method="POST") + b"abc")
    assert (status(answer), there.received.count(b"POST /up"), there.received.count(b"abc")) == (201, 2, 2)


async def test_while_the_head_is_answered_the_body_stays_with_the_client(tmp_path: Path) -> None:
    size, chunk, answered = 128 << 20, b"x" * (1 << 20), asyncio.Event()
    got = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal got
        await reader.readuntil(b"\r\n\r\n")
        await answered.wait()
        writer.write(REJECTION)
        await reader.readuntil(b"\r\n\r\n")
        while got < size:
            got += len(await reader.read(1 << 18))
        writer.write(OK)
        writer.close()

    there = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = there.sockets[0].getsockname()[1]
    async with proxy([rule("127.0.0.1", SCHEME)], tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(upload(port, f"Content-Length: {size}"))
        sent = 0

        async def send() -> None:
            nonlocal sent
            while sent < size:
                writer.write(chunk)
                await writer.drain()
                sent += len(chunk)

        sending = asyncio.create_task(send())
        stalled = -1
        while stalled != sent:
            stalled = sent
            await asyncio.sleep(0.3)
        assert stalled < size >> 1, "what the kernel's buffers hold, and no more"
        answered.set()
        assert status(await asyncio.wait_for(read_response(reader), 30)) == 201
        await sending
        assert got == size
        writer.close()
    there.close()


async def test_an_origin_that_goes_away_on_the_head_is_an_answer_of_ours(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    there = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = there.sockets[0].getsockname()[1]
    async with proxy([rule("127.0.0.1", SCHEME)], tmp_path) as running:
        answer = await running.send(upload(port, f"Content-Length: {len(BODY)}") + BODY)
    there.close()
    assert (status(answer), b"Authwright-Error: unreachable" in answer) == (502, True)


async def test_over_http2_it_is_a_stream_of_its_own(pki: Pki, tmp_path: Path) -> None:
    def reply(head: dict[bytes, bytes]) -> int:
        return 200 if b"authorization" in head else 401

    async with h2_origin(pki, reply, [(b"www-authenticate", CHALLENGE.encode())]) as (port, seen):
        settings = {"extra": [Names({"good.test": port})], "upstream_ca": str(pki.ca)}
        async with proxy([rule("good.test", SCHEME)], tmp_path, **settings) as running:
            reader, writer = await tls_tunnel(running.port, "good.test:443", running.ca(), alpn=["h2"])
            answers = await h2_ask(reader, writer, [b"abc", b"def"], sized=False)
            writer.close()
    assert answers == [(b"200", b"ok", b"0")] * 2
    assert sorted((head[b":method"], head.get(b"body", b"")) for head in seen) == [
        (b"HEAD", b""),
        (b"POST", b"abc"),
        (b"POST", b"def"),
    ]
