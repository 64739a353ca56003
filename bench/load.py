"""A load generator for tunnels, which wrk does not know: one epoll loop, one generator per client, no HTTP library.

Each client asks ``GET /`` inside TLS again and again, over one connection or over a new one each time, through a CONNECT
tunnel, or straight to the origin where there is no proxy. What is not answered 200 is an error.
Run: ``python bench/load.py '{"proxy": 8080, "origin": 9000, "reuse": true, "clients": 16, "seconds": 3}'``; it prints one line
of JSON: requests, errors, seconds, bytes, p50 and p99 in ms.
"""

from __future__ import annotations

import json
import select
import socket
import ssl
import sys
import time
from collections.abc import Generator

_READ, _WRITE = select.EPOLLIN, select.EPOLLOUT


class Load:
    """One run; without a *proxy* the client itself says the *token*."""

    def __init__(self, *, proxy, origin, reuse, clients, seconds, token=""):
        self.to = proxy or origin
        self.reuse, self.clients, self.seconds = reuse, clients, seconds
        host = f"localhost:{origin}"
        self.connect = f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() if proxy else b""
        mine = f"Authorization: Bearer {token}\r\n" if token else ""
        self.request = f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: load\r\nAccept: */*\r\n{mine}\r\n".encode()
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE
        self.epoll = select.epoll()
        self.events: dict[int, int] = {}
        self.latencies: list[float] = []
        self.errors = self.bytes = 0

    def client(self) -> Generator[tuple[socket.socket, int]]:
        """One client, for ever; yields its socket and the events it waits for."""
        connection = None
        while True:
            began = time.perf_counter()
            try:
                if connection is None:
                    connection = yield from self._connected()
                yield from self._asked(connection, self.request)
            except OSError:
                self.errors += 1
                connection = self._closed(connection)
                continue
            self.latencies.append(time.perf_counter() - began)
            if not self.reuse:
                connection = self._closed(connection)

    def _connected(self):
        plain = socket.socket()
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.connect_ex(("127.0.0.1", self.to))
        yield plain, _WRITE
        try:
            if self.connect:
                yield from self._asked(plain, self.connect)
            secure = self.context.wrap_socket(plain, server_hostname="localhost", do_handshake_on_connect=False)
        except OSError:
            self._closed(plain)
            raise
        while True:
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                yield secure, _READ
            except ssl.SSLWantWriteError:
                yield secure, _WRITE
            else:
                return secure

    def _asked(self, connection, request):
        """Send a head and read the answer whole; both small."""
        connection.send(request)
        got = b""
        while True:
            yield connection, _READ
            try:
                piece = connection.recv(65536)
            except (ssl.SSLWantReadError, BlockingIOError):
                continue
            if not piece:
                raise ConnectionResetError
            got += piece
            self.bytes += len(piece)
            head, end, body = got.partition(b"\r\n\r\n")
            if end and len(body) >= _length(head):
                break
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            raise ConnectionRefusedError(head[:80])

    def run(self):
        """Run, and say what was seen."""
        waiting: dict[int, Generator] = {}
        began = time.perf_counter()
        for _ in range(self.clients):
            self._step(self.client(), waiting)
        self._until(began + self.seconds, waiting)
        return self._report(time.perf_counter() - began)

    def _until(self, end, waiting):
        while time.perf_counter() < end:
            for number, _ in self.epoll.poll(0.1):
                self._step(waiting.pop(number), waiting)

    def _step(self, client, waiting):
        sock, events = next(client)
        number = sock.fileno()
        known = self.events.get(number)
        if known is None:
            self.epoll.register(number, events)
        elif known != events:
            self.epoll.modify(number, events)
        self.events[number] = events
        waiting[number] = client

    def _closed(self, connection) -> None:
        if connection is not None:
            self.events.pop(connection.fileno(), None)  # closing takes it out of the epoll set
            connection.close()

    def _report(self, seconds):
        latencies = sorted(self.latencies)
        count = len(latencies)
        p50, p99 = (latencies[int(count * share)] * 1000 if count else 0.0 for share in (0.5, 0.99))
        times = {"seconds": seconds, "p50": p50, "p99": p99}
        return {"requests": count, "errors": self.errors, "bytes": self.bytes, **times}


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


if __name__ == "__main__":
    print(json.dumps(Load(**json.loads(sys.argv[1])).run()))
