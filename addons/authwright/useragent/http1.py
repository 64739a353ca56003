"""Answers one HTTP/1.1 request on a connection with a page (RFC 9112); h11 does the framing.

Any program on this machine may connect. So there are a deadline and limits, and a connection carries one request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import h11

from .page import Page, refused
from .redirect import Came

LARGEST_HEAD: Final = 32 << 10
_LARGEST_BODY: Final = 64 << 10
_DEADLINE: Final = 10.0
"""Seconds in which a whole request must arrive."""


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Callable[[Came], Awaitable[Page]]) -> None:
    """Read a request, write the page that *answer* returns, and close. A client that is too slow or leaves gets no page."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
    try:
        with suppress(OSError, TimeoutError, h11.LocalProtocolError):
            page = await _page(connection, reader, answer)
            writer.write(_head(connection, page) + (connection.send(h11.Data(page.body)) or b""))
            await writer.drain()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _page(connection: h11.Connection, reader: asyncio.StreamReader, answer: Callable[[Came], Awaitable[Page]]) -> Page:
    try:
        async with asyncio.timeout(_DEADLINE):
            came = await _came(connection, reader)
    except (h11.RemoteProtocolError, ValueError):
        return refused(400, "The request cannot be read.")
    return await answer(came)


async def _came(connection: h11.Connection, reader: asyncio.StreamReader) -> Came:
    request, body = None, bytearray()
    while not isinstance(event := await _event(connection, reader), h11.EndOfMessage):
        if isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        else:
            raise ConnectionResetError
        if len(body) > _LARGEST_BODY:
            raise ValueError("too large")
    assert request is not None, "h11 lets no message end that did not begin"
    headers = {name.decode("ascii"): value.decode("latin-1") for name, value in request.headers}
    return Came(request.method.decode("ascii"), request.target.decode("ascii"), headers, bytes(body))


async def _event(connection: h11.Connection, reader: asyncio.StreamReader) -> object:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(4096))
    return event


def _head(connection: h11.Connection, page: Page) -> bytes:
    length = () if page.status == 204 else (("Content-Length", str(len(page.body))),)
    headers = (*page.headers, *length, ("Connection", "close"))
    head: bytes | None = connection.send(h11.Response(status_code=page.status, headers=list(headers)))
    return head or b""
