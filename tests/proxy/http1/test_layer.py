"""A connection through the layer: requests in order, bodies both ways, and connections that end when they like."""

import asyncio
import contextlib

import pytest
from tests.proxy.running import CANARY, origin, proxy, read_response, rule, status

from authwright.proxy.http1 import layer

AUTHORIZATION = f"Authorization: Bearer {CANARY}\r\n".encode()


def request(port, method="GET", path="/", fields="", body=b""):
    host = f"127.0.0.1:{port}"
    return f"{method} http://{host}{path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode() + body


@contextlib.asynccontextmanager
async def talk(running):
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answers(reader, count):
    return [await asyncio.wait_for(read_response(reader), 20) for _ in range(count)]


def naming(head):
    body = head.split(b" ", 2)[1]
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def test_requests_sent_ahead_are_answered_in_their_order(tmp_path):
    async with origin(naming) as there, proxy([rule("127.0.0.1")], tmp_path) as running, talk(running) as (reader, writer):
        port = there.port
        second = request(port, "POST", "/2", "Content-Length: 3\r\n", b"abc")
        writer.write(request(port, path="/1") + second + request(port, path="/3"))
        assert [each[-2:] for each in await answers(reader, 3)] == [b"/1", b"/2", b"/3"]
        assert (len(there.connections), there.received.count(AUTHORIZATION)) == (1, 3)


async def test_a_head_may_come_byte_by_byte(tmp_path):
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running, talk(running) as (reader, writer):
        for byte in request(there.port):
            writer.write(bytes((byte,)))
            await writer.drain()
        assert status((await answers(reader, 1))[0]) == 200


async def test_a_head_that_never_ends_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(layer, "HEAD_DEADLINE", 0.05)
    async with proxy([rule("127.0.0.1")], tmp_path) as running, talk(running) as (reader, writer):
        writer.write(b"GET http://127.0.0.1/ HTTP/1.1\r\nHost:")
        assert await asyncio.wait_for(reader.read(), 20) == b""


async def test_each_origin_of_a_connection_has_its_own(tmp_path):
    async with origin() as one, origin() as two, proxy([rule("127.0.0.1")], tmp_path) as running:
        async with talk(running) as (reader, writer):
            for _ in range(2):
                writer.write(request(one.port) + request(two.port))
                await answers(reader, 2)
        assert [(len(each.connections), len(each.heads)) for each in (one, two)] == [(1, 2), (1, 2)]


class Closing:
    """An origin that closes a kept connection as soon as it is asked a second time, unanswered."""

    def __init__(self):
        self.heads = []

    async def __call__(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            for turn in range(2):
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                if turn == 0:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()


@pytest.mark.parametrize(("method", "expected", "sends"), [("GET", 200, 3), ("POST", 502, 2), ("DELETE", 502, 2)])
async def test_a_request_on_a_connection_that_went_away_is_sent_again_only_if_that_is_safe(method, expected, sends, tmp_path):
    closing = Closing()
    async with await asyncio.start_server(closing, "127.0.0.1", 0) as server, proxy([rule("127.0.0.1")], tmp_path) as running:
        port = server.sockets[0].getsockname()[1]
        async with talk(running) as (reader, writer):
            writer.write(request(port))
            await answers(reader, 1)
            writer.write(request(port, method))
            answer = (await answers(reader, 1))[0]
        assert (expected, sends) == (status(answer), len(closing.heads))
        assert all(AUTHORIZATION in head for head in closing.heads)


async def test_early_hints_pass(tmp_path):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    async with (
        origin(lambda head: hints + naming(head)) as there,
        proxy([rule("127.0.0.1")], tmp_path) as running,
        talk(running) as (reader, writer),
    ):
        writer.write(request(there.port))
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20) == hints
        assert status((await answers(reader, 1))[0]) == 200


async def test_an_early_answer_comes_while_the_body_does_and_the_connection_goes_on(tmp_path):
    async def impatient(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno")
        with contextlib.suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()

    async with await asyncio.start_server(impatient, "127.0.0.1", 0) as server, proxy([rule("127.0.0.1")], tmp_path) as running:
        port = server.sockets[0].getsockname()[1]
        async with talk(running) as (reader, writer):
            writer.write(request(port, "POST", fields="Content-Length: 300000\r\n"))
            assert status((await answers(reader, 1))[0]) == 413
            writer.write(b"x" * 300000 + request(port))
            assert status((await answers(reader, 1))[0]) == 413


async def test_what_is_said_after_the_switch_of_protocols_passes_untouched(tmp_path):
    async def echoing(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello")
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(echoing, "127.0.0.1", 0) as server, proxy([rule("127.0.0.1")], tmp_path) as running:
        port = server.sockets[0].getsockname()[1]
        async with talk(running) as (reader, writer):
            writer.write(request(port, fields="Connection: Upgrade\r\nUpgrade: echo\r\n") + b"GET / HTTP/1.1\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(23) == b"helloGET / HTTP/1.1\r\n\r\n"


async def test_a_response_that_is_cut_short_ends_the_clients_connection(tmp_path):
    async def cutting(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        writer.close()

    async with (
        await asyncio.start_server(cutting, "127.0.0.1", 0) as server,
        proxy([rule("127.0.0.1")], tmp_path) as running,
        talk(running) as (reader, writer),
    ):
        writer.write(request(server.sockets[0].getsockname()[1]))
        assert (await asyncio.wait_for(reader.read(), 20)).endswith(b"\r\n\r\nabc")


async def test_a_client_that_sends_and_does_not_read_and_an_origin_that_does_the_same_come_to_an_end(tmp_path):
    size, block = 24 << 20, b"x" * (1 << 20)

    async def flooding(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        assert AUTHORIZATION in head
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(block)):  # all of it, before a byte of the body is read
            writer.write(block)
            await writer.drain()
        await reader.readexactly(size)
        writer.close()

    async def read_all(reader):
        head = await reader.readuntil(b"\r\n\r\n")
        return head, await reader.readexactly(size)

    async with await asyncio.start_server(flooding, "127.0.0.1", 0) as server, proxy([rule("127.0.0.1")], tmp_path) as running:
        async with talk(running) as (reader, writer):
            reading = asyncio.create_task(read_all(reader))
            writer.write(request(server.sockets[0].getsockname()[1], "POST", fields=f"Content-Length: {size}\r\n"))
            for _ in range(size // len(block)):
                writer.write(block)
                await writer.drain()
            head, body = await asyncio.wait_for(reading, 60)
        assert (status(head), len(body)) == (200, size)
