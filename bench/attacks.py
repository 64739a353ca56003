"""How much memory hostile peers take from the proxy, and how long another client waits meanwhile.

Run: ``python bench/attacks.py [--engine stock|auto] [--transport clear|tls|tunnel|all] [--mebibytes 300] [--only WORD]``. The promise: at most 30 MiB more than at rest, and another
client's request within 100 ms.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_ADDONS = Path(__file__).parents[1] / "addons"
_BLOCK = 1 << 16
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FROM_CLIENTS = {
    "head": (b"GET / HTTP/1.1\r\n", b"X: " + b"x" * (_BLOCK - 5) + b"\r\n"),
    "fields": (b"GET / HTTP/1.1\r\n", b"a:\r\n" * (_BLOCK // 4)),
    "size line": (b"POST http://HOST/ HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * _BLOCK),
    "chunk extensions": (
        b"POST http://HOST/ HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1;" + b"x" * 1000 + b"\r\na\r\n",
    ),
    "trailers": (
        b"POST http://HOST/ HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        b"X: " + b"x" * (_BLOCK - 5) + b"\r\n",
    ),
}
"""What a client begins with, and what it goes on with."""
TRANSPORTS = ("clear", "tls", "tunnel")
"""The ways in which a client reaches the proxy: in the clear, in TLS to its own port, in TLS inside a tunnel."""
FROM_ORIGINS = {
    "head": (b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * (_BLOCK - 5) + b"\r\n"),
    "interim responses": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * (_BLOCK // 28)),
    "fields": (b"HTTP/1.1 200 OK\r\n", b"a:\r\n" * (_BLOCK // 4)),
    "size line": (_CHUNKED, b"0" * _BLOCK),
    "chunk extensions": (_CHUNKED, b"1;" + b"x" * 1000 + b"\r\na\r\n"),
    "tiny chunks": (_CHUNKED, b"1\r\nx\r\n" * (_BLOCK // 6)),
    "trailers": (_CHUNKED + b"0\r\n", b"X: " + b"x" * (_BLOCK - 5) + b"\r\n"),
    "kept connection": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"x" * _BLOCK),
}
"""What an origin begins with, and what it goes on with."""


def serve(answer: Callable[[socket.socket], None]) -> int:
    """Begin an origin that reads a head and answers with *answer*; its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while connection.recv(_BLOCK):
                answer(connection)

    threading.Thread(target=accept, daemon=True).start()
    return int(listening.getsockname()[1])


def pour(connection: socket.socket, begin: bytes, block: bytes, size: int) -> None:
    """Send *begin*, and then *block* until *size* bytes went out or the proxy hangs up."""
    with contextlib.suppress(OSError):
        connection.sendall(begin)
        for _ in range(size // len(block)):
            connection.sendall(block)


@contextlib.contextmanager
def proxy(engine: str, folder: Path) -> Iterator[tuple[int, int]]:
    """``authwright run`` with one rule for every loopback origin; its port and its process."""
    config = folder / "authwright.yaml"
    config.write_text(
        f"version: 1\nsettings: {{engine: {engine}}}\nrules:\n  - {{match: '127.0.0.1:*', auth: {{type: bearer, token: t}}}}\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    argv = [sys.executable, "-m", "authwright", "run", "-q", "--listen", f"127.0.0.1:{port}", "--config", str(config)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(_ADDONS), "AUTHWRIGHT_HOME": str(folder / "home")}
    running = subprocess.Popen(argv, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        while running.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port, running.pid
    finally:
        running.terminate()
        running.wait()


def resident(pid: int) -> float:
    """The process's resident memory, in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def ask(port: int, origin: int) -> float:
    """One request by another client; the milliseconds that it took."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (origin, origin))
        connection.recv(_BLOCK)
    return (time.monotonic() - began) * 1000


def measure(engine: str, attack: Callable[[int], None]) -> tuple[float, float]:
    """The most memory above that at rest in MiB, and the longest wait of another client in ms, while *attack* goes on."""
    good = serve(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    with tempfile.TemporaryDirectory() as folder, proxy(engine, Path(folder)) as (port, pid):
        for _ in range(20):
            ask(port, good)
        rest = most = resident(pid)
        waited = 0.0
        attacking = threading.Thread(target=attack, args=(port,))
        attacking.start()
        while attacking.is_alive():
            waited, most = max(waited, ask(port, good)), max(most, resident(pid))
            time.sleep(0.02)
        return max(most, resident(pid)) - rest, waited


def client(begin: bytes, block: bytes, size: int, transport: str) -> Callable[[int], None]:
    """The attack of a client: in the clear, in TLS to the proxy's own port, or in TLS inside a tunnel."""
    good = serve(lambda _: None)

    def attack(port: int) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as plain:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if transport == "tunnel":
                plain.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (good, good))
                plain.recv(_BLOCK)
            connection = plain if transport == "clear" else context.wrap_socket(plain)
            pour(connection, begin.replace(b"HOST", b"127.0.0.1:%d" % good), block, size)

    return attack


def origin(begin: bytes, block: bytes, size: int) -> Callable[[int], None]:
    """The attack of an origin, on a client that reads all of it."""
    bad = serve(lambda connection: pour(connection, begin, block, size))

    def attack(port: int) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (bad, bad))
            while connection.recv(_BLOCK):
                pass

    return attack


def main() -> None:
    """Print a line for each attack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="stock", choices=("stock", "auto"))
    parser.add_argument("--transport", default="all", choices=("all", *TRANSPORTS))
    parser.add_argument("--only", default="", help="run only the attacks with this in their name")
    parser.add_argument("--mebibytes", type=int, default=100)
    asked = parser.parse_args()
    size = asked.mebibytes << 20
    ways = TRANSPORTS if asked.transport == "all" else (asked.transport,)
    attacks = {f"client ({way}), {name}": client(*sent, size, way) for way in ways for name, sent in FROM_CLIENTS.items()}
    attacks |= {f"origin, {name}": origin(*sent, size) for name, sent in FROM_ORIGINS.items()}
    for name, attack in attacks.items():
        if asked.only not in name:
            continue
        memory, waited = measure(asked.engine, attack)
        print(f"{asked.engine:6} {name:36} +{memory:6.1f} MiB  {waited:7.1f} ms", flush=True)


if __name__ == "__main__":
    main()
