"""Clients and origins that hang up at any time, for minutes: nothing may be left of them in the proxy.

64 clients ask, one after the other over kept or new connections, in the clear and inside TLS; they go away in the middle of a
head, of a body, of an answer; the origin closes before, in and after its answers, or is slow. Every second the proxy's open
files, memory and processor time are looked at. At the end, with every client gone, its files must be as many as at the start
and its memory flat, and its log must know of no lost task.

Run: ``python bench/soak.py [--minutes 10] [--clients 64] [--engine auto]``; exit status 1 when something is left.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import ssl
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

try:
    from bench import contestants, nginx, place
except ImportError:  # run as a script
    import contestants
    import nginx
    import place

FILES = 8
"""How many more open files may be left: what the proxy opens once, when it is first needed."""
MEMORY = 24.0
"""MiB that the last quarter may need above the one before it; the first half fills caches."""
_LARGE = bytes(200_000)
_TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_TRUSTING.check_hostname, _TRUSTING.verify_mode = False, ssl.CERT_NONE


@dataclass
class Seen:
    """What was measured, and what is left."""

    counts: Counter[str] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    log: str = ""

    @property
    def growth(self) -> float:
        """MiB between the highest of the third quarter and the highest of the last."""
        quarter = max(len(self.memory) // 4, 1)
        return max(self.memory[3 * quarter :]) - max(self.memory[2 * quarter : 3 * quarter])

    def left(self) -> list[str]:
        """What should not be: a sentence each."""
        found = []
        if self.files[-1] > self.files[0] + FILES:
            found.append(f"{self.files[-1]} open files at the end, {self.files[0]} at the start")
        if self.growth > MEMORY:
            found.append(f"{self.growth:.1f} MiB more in the last quarter")
        found += [line for line in self.log.splitlines() if "destroyed" in line or "Traceback" in line or "failed:" in line]
        return found + ([] if self.counts["200"] else ["no request was answered"])


# -- the origin


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chance: random.Random) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"Bearer " + nginx.TOKEN.encode() not in head:
                writer.write(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
                continue
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            if length and chance.random() < 0.9:
                await reader.readexactly(int(length))
            if not await _answer(writer, chance):
                break
    writer.close()


async def _answer(writer: asyncio.StreamWriter, chance: random.Random) -> bool:
    """Answer somehow; whether the connection stays."""
    match chance.choice(("whole",) * 8 + ("large", "chunks", "close", "nothing", "half a head", "half a body", "slow", "reset")):
        case "whole":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        case "large":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(_LARGE) + _LARGE)
        case "chunks":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        case "close":
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok")
            return False
        case "half a head":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
            return False
        case "half a body":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok")
            return False
        case "slow":
            await asyncio.sleep(chance.random() / 2)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        case "reset":
            writer.transport.abort()
            return False
        case _:
            return False
    await writer.drain()
    return True


# -- the clients


@dataclass
class Client:
    """One client.

    Args:
        proxy: the proxy's port.
        ports: the origin's, by scheme.
        seen: where it counts.
        chance: what it does next.
    """

    proxy: int
    ports: dict[str, int]
    seen: Counter[str]
    chance: random.Random

    async def run(self, end: float) -> None:
        """Ask until *end*."""
        while time.monotonic() < end:
            try:
                async with asyncio.timeout(30):
                    await self._connection()
            except TimeoutError:
                self.seen["hangs"] += 1
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError, ValueError):
                self.seen["cut off"] += 1

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy, limit=1 << 20)
        try:
            scheme = self.chance.choice(("http", "http", "https"))
            if scheme == "https":
                await self._tunnel(reader, writer)
            for _ in range(self.chance.randint(1, 8)):
                await self._exchange(reader, writer, scheme)
        except _Left:
            self.seen["left"] += 1
        finally:
            writer.transport.abort() if self.chance.random() < 0.5 else writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"CONNECT localhost:%d HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % (self.ports["https"], self.ports["https"]))
        self._perhaps_leave(0.02)
        await reader.readuntil(b"\r\n\r\n")
        self._perhaps_leave(0.02)
        await writer.start_tls(_TRUSTING, server_hostname="localhost")

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scheme: str) -> None:
        whole = self._request(scheme)
        if self.chance.random() < 0.05:
            writer.write(whole[: self.chance.randint(0, len(whole))])
            await writer.drain()
            raise _Left
        writer.write(whole)
        await writer.drain()
        self._perhaps_leave(0.05)
        head = await reader.readuntil(b"\r\n\r\n")
        self._perhaps_leave(0.02)
        self.seen[head[9:12].decode("ascii", "replace")] += 1
        await _read_body(reader, head.lower())

    def _request(self, scheme: str) -> bytes:
        host = b"%b:%d" % (b"localhost" if scheme == "https" else b"127.0.0.1", self.ports[scheme])
        target = b"/" if scheme == "https" else b"http://%b/" % host
        body = self.chance.choice((b"", b"", b"", b"hello", _LARGE))
        if not body:
            return b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (target, host)
        return b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Length: %d\r\n\r\n" % (target, host, len(body)) + body

    def _perhaps_leave(self, how_often: float) -> None:
        if self.chance.random() < how_often:
            raise _Left


class _Left(Exception):
    """The client goes away here."""


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    if b"chunked" in head:
        await reader.readuntil(b"0\r\n\r\n")
    elif b"content-length: " in head:
        await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    else:
        await reader.read()
        raise _Left


# -- the run


def soak(seconds: float, clients: int, engine: str = "auto", seed: int = 1) -> Seen:
    """Let *clients* ask for *seconds*; what was seen."""
    with tempfile.TemporaryDirectory(prefix="authwright-bench-") as made:
        folder = Path(made)
        ca, certificate = place.authority(folder)
        name = "run" if engine == "auto" else engine
        seen = asyncio.run(_soak(folder, ca, certificate, seconds, clients, name, random.Random(seed)))
        seen.log = (folder / name / "err").read_text()
        return seen


async def _soak(
    folder: Path, ca: Path, certificate: Path, seconds: float, clients: int, name: str, chance: random.Random
) -> Seen:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    seen = Seen()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _serve(reader, writer, random.Random(chance.random()))

    async with contextlib.AsyncExitStack() as stack:
        plain = await stack.enter_async_context(await asyncio.start_server(serve, "127.0.0.1", 0))
        tls = await stack.enter_async_context(await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context))
        ports = {"http": plain.sockets[0].getsockname()[1], "https": tls.sockets[0].getsockname()[1]}
        ground = contestants.Ground(folder, contestants.configuration(folder, ports, ca), ca, ports)
        proxy = stack.enter_context(contestants.contestant(name, ground))
        await Client(proxy.port, ports, Counter(), random.Random(0)).run(time.monotonic() + 1)  # what is opened once
        await _gone(proxy)
        _look(proxy, seen)
        end = time.monotonic() + seconds
        asking = [
            asyncio.create_task(Client(proxy.port, ports, seen.counts, random.Random(chance.random())).run(end))
            for _ in range(clients)
        ]
        while time.monotonic() < end:
            await asyncio.sleep(min(1, seconds / 20))
            _look(proxy, seen)
        await asyncio.gather(*asking)
        await _gone(proxy)
        _look(proxy, seen)
        for server in (plain, tls):
            server.close()
            server.close_clients()
    return seen


def _look(proxy: place.Running, seen: Seen) -> None:
    seen.memory.append(proxy.memory()["now"])
    seen.files.append(len(_files(proxy)))


def _files(proxy: place.Running) -> list[Path]:
    return list(Path(f"/proc/{proxy.pid}/fd").iterdir())


async def _gone(proxy: place.Running) -> None:
    """Wait until the proxy holds no connection any more, or for 20 s."""
    before, end = -1, time.monotonic() + 20
    while time.monotonic() < end:
        now = sum(link.is_socket() for link in _files(proxy))
        if now == before and now <= 6:
            return
        before = now
        await asyncio.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    parser.add_argument("--clients", type=int, default=64, help="how many (64)")
    parser.add_argument("--engine", default="auto", choices=["auto", "stock"], help="which byte mover (auto)")
    parser.add_argument("--seed", type=int, default=1, help="another course of events")
    asked = parser.parse_args()
    seen = soak(asked.minutes * 60, asked.clients, asked.engine, asked.seed)
    print(f"answers and ends: {dict(seen.counts.most_common())}")
    print(f"open files: {seen.files[0]} at the start, {max(seen.files)} at most, {seen.files[-1]} at the end")
    length = max(len(seen.memory) // 4, 1)
    quarters = [max(seen.memory[at : at + length]) for at in range(0, len(seen.memory), length)]
    print(f"memory, the highest of each quarter: {' '.join(f'{each:.1f}' for each in quarters)} MiB")
    for sentence in seen.left():
        print(f"LEFT: {sentence}")
    return 1 if seen.left() else 0


if __name__ == "__main__":
    sys.exit(main())
