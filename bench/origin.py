"""A cheap origin server, a process of its own: HTTP/1.1, plain and TLS, on ports it prints as one line of JSON.

``GET /`` answers 2 bytes, or 401 without the token · ``GET /bytes/N`` streams N bytes · any body is counted, and its length answered.
Run: ``python bench/origin.py [CERTIFICATE.pem]``
"""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import sys
from contextlib import suppress

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
_NO = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n"
_PIECE = bytes(1 << 18)


def _length(head: bytes) -> int:
    """The body's length; only Content-Length is known here."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


class Origin(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport):
        self.transport = transport
        self.buffer = b""
        self.left = self.total = 0
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.download = None

    def connection_lost(self, _error):
        self.may_write.set()

    def pause_writing(self):
        self.may_write.clear()

    def resume_writing(self):
        self.may_write.set()

    def data_received(self, data):
        if self.left:
            taken = min(self.left, len(data))
            self.left -= taken
            if self.left == 0:
                self._uploaded()
            data = data[taken:]
        self.buffer += data
        while not self.left and b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            self._begin(head)

    def _begin(self, head):
        if b"Bearer bench-token" not in head:
            self.transport.write(_NO)
        elif head.startswith(b"GET / "):
            self.transport.write(_OK)
        elif head.startswith(b"GET /bytes/"):
            self.download = asyncio.create_task(self._stream(int(head.split(b" ", 2)[1][7:])))
        else:
            self.total = _length(head)
            taken = min(self.total, len(self.buffer))
            self.left, self.buffer = self.total - taken, self.buffer[taken:]
            if self.left == 0:
                self._uploaded()

    def _uploaded(self):
        text = str(self.total).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))

    async def _stream(self, size):
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while size and not self.transport.is_closing():
            await self.may_write.wait()
            piece = _PIECE[:size]
            self.transport.write(piece)
            size -= len(piece)


async def serve(certificate: str | None) -> None:
    """Serve until SIGTERM."""
    loop = asyncio.get_running_loop()
    plain = await loop.create_server(Origin, "127.0.0.1", 0, backlog=1024)
    ports = {"http": plain.sockets[0].getsockname()[1]}
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        tls = await loop.create_server(Origin, "127.0.0.1", 0, backlog=1024, ssl=context)
        ports["https"] = tls.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    await over.wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(sys.argv[1] if len(sys.argv) > 1 else None))
