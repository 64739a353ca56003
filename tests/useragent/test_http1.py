"""One request a connection, bounded in time and size; a client that breaks the protocol gets 400 or nothing."""

import asyncio

import pytest

from authwright.useragent import http1
from authwright.useragent.page import Page

PAGE = Page(200, (("Content-Type", "text/plain"),), b"hello")
GET = b"GET /callback?code=c HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def exchanged(sent, *, end=False):
    """What was asked, and what a client that sends *sent* receives."""
    asked = []

    async def answer(came):
        asked.append(came)
        return PAGE

    server = await asyncio.start_server(lambda reader, writer: http1.exchange(reader, writer, answer), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(sent)
    if end:
        writer.write_eof()
    received = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    server.close()
    await server.wait_closed()
    return asked, received


async def test_a_page_answers_one_request_and_the_connection_closes():
    asked, received = await exchanged(GET * 2)
    assert [(came.method, came.target) for came in asked] == [("GET", "/callback?code=c")]
    head, _, body = received.partition(b"\r\n\r\n")
    assert (head.splitlines()[0], b"Content-Length: 5" in head, b"Connection: close" in head) == (b"HTTP/1.1 200 ", True, True)
    assert body == b"hello"


async def test_a_body_comes_with_its_request():
    asked, _ = await exchanged(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\ncode")
    assert (asked[0].method, asked[0].body) == ("POST", b"code")


@pytest.mark.parametrize(
    "sent",
    [
        b"no request at all\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (http1.LARGEST_HEAD + 1),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000,
    ],
    ids=["no HTTP", "a long head", "a long body"],
)
async def test_a_request_that_cannot_be_read_is_refused_and_asked_of_nothing(sent):
    asked, received = await exchanged(sent)
    assert (asked, received[:12]) == ([], b"HTTP/1.1 400")


async def test_a_client_that_is_too_slow_gets_no_page(monkeypatch):
    monkeypatch.setattr(http1, "_DEADLINE", 0.05)
    assert await exchanged(GET[:-2]) == ([], b"")


async def test_a_client_that_leaves_gets_no_page():
    asked, received = await exchanged(GET[:-2], end=True)
    assert (asked, received.startswith(b"HTTP/1.1 200")) == ([], False)
