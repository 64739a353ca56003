"""Trailers of chunked messages pass, both ways; the connection goes on after them."""

import asyncio
from pathlib import Path

import pytest
from tests.proxy.running import BEARER, CANARY, Whole, proxy, rule, tunnel

pytestmark = pytest.mark.usefixtures("engine")

OAUTH_BODY = b"3\r\nabc\r\n0\r\n"


async def exchange(
    home: Path, request_end: bytes, answer: bytes, *, reads_body: bool = False, inside: bool = False
) -> tuple[bytes, bytes]:
    """What the origin and the client receive after the head; the second request shows that the connection goes on."""
    got = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert CANARY.encode() in head
        got.extend(await reader.readuntil(b"0\r\n"))
        while (line := await reader.readline()) != b"\r\n":
            got.extend(line)
        writer.write(b"HTTP/1.1 200 OK\r\n" + answer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 Done\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    target = "" if inside else f"http://127.0.0.1:{port}"
    host = f"Host: 127.0.0.1:{port}\r\n"
    try:
        async with proxy([rule("127.0.0.1", Whole(BEARER) if reads_body else BEARER)], home) as running:
            if inside:
                reader, writer, _ = await tunnel(running.port, f"127.0.0.1:{port}")
            else:
                reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(f"POST {target}/ HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nTE: trailers\r\n\r\n".encode())
            writer.write(OAUTH_BODY + request_end + f"GET {target}/2 HTTP/1.1\r\n{host}\r\n".encode())
            answered = await asyncio.wait_for(reader.readuntil(b"HTTP/1.1 204 Done\r\n\r\n"), 5)
            writer.close()
    finally:
        server.close()
        server.close_clients()
    return bytes(got), answered.partition(b"\r\n\r\n")[2].removesuffix(b"HTTP/1.1 204 Done\r\n\r\n")


PLAIN = b"Content-Length: 2\r\n\r\nok"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"

REQUESTS = {
    "none": (b"\r\n", b""),
    "two": (b"X-Sum: 1\r\nx-Other:  2 \r\n\r\n", b"X-Sum: 1\r\nx-Other: 2\r\n"),
    "what frames, routes or authenticates": (
        b"Authorization: other\r\nContent-Length: 9\r\nHost: evil\r\nProxy-X: 1\r\nCookie: a\r\nX-Sum: 1\r\n\r\n",
        b"X-Sum: 1\r\n",
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize(("reads_body", "inside"), [(False, False), (True, False), (False, True)])
async def test_a_requests_trailers_reach_the_origin(name: str, reads_body: bool, inside: bool, tmp_path: Path) -> None:
    given, expected = REQUESTS[name]
    got, answered = await exchange(tmp_path, given, PLAIN, reads_body=reads_body, inside=inside)
    assert (OAUTH_BODY + expected, b"ok") == (got, answered)


@pytest.mark.parametrize("trailers", [b"", b"Grpc-Status: 0\r\n", b"X-A: 1\r\nX-B: 2\r\n"])
async def test_a_responses_trailers_reach_the_client(trailers: bytes, tmp_path: Path) -> None:
    _, answered = await exchange(tmp_path, b"\r\n", CHUNKED + trailers + b"\r\n")
    assert b"2\r\nok\r\n0\r\n" + trailers + b"\r\n" == answered


async def test_a_responses_trailers_that_frame_it_reach_nobody(tmp_path: Path) -> None:
    trailers = b"X-A: 1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
    _, answered = await exchange(tmp_path, b"\r\n", CHUNKED + trailers + b"\r\n")
    assert answered == b"2\r\nok\r\n0\r\nX-A: 1\r\n\r\n"
