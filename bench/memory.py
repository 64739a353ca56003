"""How much memory the proxy takes while a large body passes a bearer rule: up, down, and down to a client that reads slowly.

Run: ``python bench/memory.py [--mebibytes 1024] [--proxy run]``. The promise: less than 40 MiB more than at rest.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import tempfile
import time
from pathlib import Path

try:
    from bench import contestants, place
except ImportError:  # run as a script
    import contestants
    import place

_PIECE = bytes(1 << 18)


def _head(method: str, port: int, path: str, length: int) -> bytes:
    authority = f"127.0.0.1:{port}"
    return f"{method} http://{authority}{path} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\n\r\n".encode()


def upload(proxy: int, port: int, size: int) -> int:
    """Send *size* bytes; how many the origin says it got."""
    with socket.create_connection(("127.0.0.1", proxy), timeout=60) as connection:
        connection.sendall(_head("POST", port, "/upload", size))
        for _ in range(size // len(_PIECE)):
            connection.sendall(_PIECE)
        answer = connection.recv(65536)
        while b"\r\n\r\n" not in answer or answer.endswith(b"\r\n\r\n"):
            answer += _some(connection)
    return int(answer.rpartition(b"\r\n\r\n")[2])


def download(proxy: int, port: int, size: int) -> int:
    """Ask for *size* bytes; how many came."""
    with socket.create_connection(("127.0.0.1", proxy), timeout=60) as connection:
        connection.sendall(_head("GET", port, f"/bytes/{size}", 0))
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += _some(connection)
        got = len(answer.partition(b"\r\n\r\n")[2])
        while got < size:
            got += len(_some(connection))
    return got


def slow_reader(proxy: int, port: int, size: int, seconds: float) -> int:
    """Ask for *size* bytes and read 64 KiB every 20 ms, for *seconds*; how many came."""
    with socket.create_connection(("127.0.0.1", proxy), timeout=60) as connection:
        connection.sendall(_head("GET", port, f"/bytes/{size}", 0))
        got, end = 0, time.monotonic() + seconds
        while time.monotonic() < end and got < size:
            got += len(_some(connection, 1 << 16))
            time.sleep(0.02)
    return got


def _some(connection: socket.socket, most: int = 1 << 18) -> bytes:
    piece = connection.recv(most)
    if not piece:
        raise ConnectionError("The proxy closed the connection before the whole answer was there.")
    return piece


def measure(size: int, name: str = "run", *, slowly: float = 5.0) -> dict[str, float]:
    """What passed, and the highest resident memory above that at rest (after one small body each way), in MiB."""
    with tempfile.TemporaryDirectory(prefix="authwright-bench-") as made, contextlib.ExitStack() as stack:
        folder = Path(made)
        ca, certificate = place.authority(folder)
        ports = stack.enter_context(contestants.counting_origin(folder, certificate))
        ground = contestants.Ground(folder, contestants.configuration(folder, ports, ca), ca, ports)
        proxy = stack.enter_context(contestants.contestant(name, ground))
        port = ports["http"]
        upload(proxy.port, port, len(_PIECE))
        download(proxy.port, port, len(_PIECE))
        rest = proxy.memory()["now"]
        seen = {"rest": rest, "slow": slow_reader(proxy.port, port, size, slowly)}
        seen["slow reader"] = proxy.memory()["peak"] - rest
        seen["sent"] = upload(proxy.port, port, size)
        seen["upload"] = proxy.memory()["peak"] - rest
        seen["received"] = download(proxy.port, port, size)
        return {**seen, "download": proxy.memory()["peak"] - rest}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mebibytes", type=int, default=1024, help="size of each body (1024)")
    parser.add_argument("--proxy", default="run", choices=contestants.ABOUT, help="which proxy (run)")
    asked = parser.parse_args()
    seen = measure(asked.mebibytes << 20, asked.proxy)
    for way, passed in (("slow reader", "slow"), ("upload", "sent"), ("download", "received")):
        print(f"{way:12} {int(seen[passed]) >> 20} MiB passed, {seen[way]:.1f} MiB above the {seen['rest']:.1f} MiB at rest")


if __name__ == "__main__":
    main()
