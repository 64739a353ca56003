"""HTTP/2 at both ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

import h2.config
import h2.connection
import h2.events
from tests.proxy.running import Pki


@contextlib.asynccontextmanager
async def h2_origin(
    pki: Pki, reply: Callable[[dict[bytes, bytes]], int], fields: Sequence[tuple[bytes, bytes]] = ()
) -> AsyncIterator[tuple[int, list[dict[bytes, bytes]]]]:
    """Answers each request with *reply*'s status, *fields*, a body and trailers."""
    seen: list[dict[bytes, bytes]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        heads: dict[int, dict[bytes, bytes]] = {}
        while data := await reader.read(65536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    heads[event.stream_id] = dict(event.headers)
                    seen.append(heads[event.stream_id])
                elif isinstance(event, h2.events.DataReceived):
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    heads[event.stream_id][b"body"] = heads[event.stream_id].get(b"body", b"") + event.data
                elif isinstance(event, h2.events.StreamEnded):
                    code = reply(heads[event.stream_id])
                    head = [(b":status", b"%d" % code), (b"content-type", b"application/grpc"), *fields]
                    connection.send_headers(event.stream_id, head)
                    connection.send_data(event.stream_id, b"" if heads[event.stream_id][b":method"] == b"HEAD" else b"ok")
                    connection.send_headers(event.stream_id, [(b"grpc-status", b"0")], end_stream=True)
            writer.write(connection.data_to_send())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=pki.server_context(["h2"]))
    try:
        yield server.sockets[0].getsockname()[1], seen
    finally:
        server.close()
        server.close_clients()


async def h2_ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    bodies: list[bytes],
    *,
    sized: bool = True,
    authority: bytes = b"good.test",
) -> list[tuple[bytes, bytes, bytes]]:
    """Status, body and trailer of one request for each of *bodies*, all at once; unless they are *sized* nobody knows how long."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
    connection.initiate_connection()
    got: dict[int, list[bytes]] = {}
    for number, body in enumerate(bodies):
        stream = 1 + 2 * number
        got[stream] = [b"", b"", b""]
        head = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", authority), (b":path", b"/%d" % number)]
        length = [(b"content-length", b"%d" % len(body))] if sized else []
        connection.send_headers(stream, [*head, *length, (b"te", b"trailers")])
        connection.send_data(stream, body, end_stream=True)
    writer.write(connection.data_to_send())
    left = len(bodies)
    while left:
        for event in connection.receive_data(await asyncio.wait_for(reader.read(65536), 5)):
            if isinstance(event, h2.events.ResponseReceived):
                got[event.stream_id][0] = dict(event.headers)[b":status"]
            elif isinstance(event, h2.events.DataReceived):
                got[event.stream_id][1] += event.data
            elif isinstance(event, h2.events.TrailersReceived):
                got[event.stream_id][2] = dict(event.headers)[b"grpc-status"]
            elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                left -= 1
        writer.write(connection.data_to_send())
    return [(each[0], each[1], each[2]) for each in got.values()]
