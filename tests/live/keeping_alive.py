"""Clients that keep their connection to the proxy, many at once, and count what they are answered."""

import asyncio
from collections import Counter


async def _response(reader):
    """Status, header fields and body of one answer that says its length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if "chunked" in fields.get("transfer-encoding", ""):
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(fields.get("content-length", 0)))
    return int(lines[0].split(" ")[1]), fields, body


async def _client(address, requests, seen):
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for head, body, expected in requests:
        writer.write(head + body)
        status, fields, answered = await asyncio.wait_for(_response(reader), 60)
        seen[status, fields.get("x-user", ""), expected is None or answered == expected] += 1
    writer.close()


def run(address, clients):
    """How often which status, user and right body were answered, each client on a connection of its own.

    *clients* gives each its requests: a head, a body, and what must be answered (``None``: anything).
    """

    async def all_of_them():
        seen = Counter()
        await asyncio.gather(*(_client(address, requests, seen) for requests in clients))
        return seen

    return asyncio.run(all_of_them())


def get(url):
    """A GET through a forward proxy."""
    return f"GET {url} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n".encode(), b"", None


def post(url, body):
    """A POST that is answered with its own body."""
    head = f"POST {url} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode(), body, body
