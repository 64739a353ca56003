"""The two byte movers, each a proxy of its own in front of the same origins."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.proxy.differential.exchange import Exchange, Origin, Seen, played

ADDONS = Path(__file__).parents[3] / "addons"
ENGINES = ("stock", "auto")
TOKEN = "s3cr3t-canary"
_AT_ONCE = 16


@dataclass(frozen=True)
class Engine:
    """A proxy that runs."""

    port: int
    ca: Path
    log: Path


def configuration(folder: Path, upstream_ca: Path, name: str, mode: str) -> Path:
    """Every loopback origin gets the token, but for a path with a key in the query and two that no credential is for."""
    file = folder / f"{name}.yaml"
    file.write_text(
        f"""\
version: 1
settings: {{upstream_ca: {upstream_ca}, engine: {name}, mode: "{mode}"}}
rules:
  - match: {{host: [127.0.0.1, localhost], port: "*", filter: "! ~u /free/"}}
    auth: {{type: bearer, token: {TOKEN}}}
    rules:
      - {{match: {{path: /bare/**}}, auth: none}}
      - {{match: {{path: /query/**}}, auth: {{type: api_key, name: key, value: {TOKEN}, in: query}}}}
"""
    )
    return file


@contextlib.contextmanager
def engine(name: str, folder: Path, upstream_ca: Path, mode: str = "regular") -> Iterator[Engine]:
    """``authwright run --engine NAME --mode MODE``."""
    home, config = folder / name, configuration(folder, upstream_ca, name, mode)
    variables = {"PYTHONPATH": str(ADDONS), "AUTHWRIGHT_HOME": str(home), "PATH": os.environ["PATH"]}
    argv = [sys.executable, "-m", "authwright", "run", "--listen", "127.0.0.1:0", "--json", "--config", str(config)]
    log, out = folder / f"{name}.log", folder / f"{name}.out"
    with log.open("w") as err, out.open("w") as said:
        process = subprocess.Popen(argv, stdout=said, stderr=err, env=variables)
    try:
        while not (line := out.read_text().partition("\n"))[1]:
            assert process.poll() is None, log.read_text()
            time.sleep(0.02)
        port = int(json.loads(line[0])["listening"][0].rpartition(":")[2])
        yield Engine(port, home / "ca" / "mitmproxy-ca-cert.pem", log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def outcomes(
    exchanges: Mapping[str, Exchange], engines: Mapping[str, Engine], server: ssl.SSLContext
) -> dict[str, dict[str, Seen]]:
    """What each exchange looked like through each engine, by its name and the engine's."""
    return asyncio.run(_all(exchanges, engines, server))


async def _all(
    exchanges: Mapping[str, Exchange], engines: Mapping[str, Engine], server: ssl.SSLContext
) -> dict[str, dict[str, Seen]]:
    contexts, free = _contexts(engines), asyncio.Semaphore(_AT_ONCE)

    async def one(exchange: Exchange) -> dict[str, Seen]:
        async with free, Origin(exchange, server if exchange.way.origin_tls else None) as origin:
            return await _through_each(exchange, origin, engines, contexts)

    results = await asyncio.gather(*map(one, exchanges.values()))
    return dict(zip(exchanges, results, strict=True))


def _contexts(engines: Mapping[str, Engine]) -> dict[str, ssl.SSLContext]:
    return {name: ssl.create_default_context(cafile=each.ca) for name, each in engines.items()}


async def _through_each(
    exchange: Exchange, origin: Origin, engines: Mapping[str, Engine], contexts: Mapping[str, ssl.SSLContext]
) -> dict[str, Seen]:
    asked = [name for name in engines if name != "stock" or not exchange.answered]
    return {name: await played(exchange, origin, engines[name].port, contexts[name]) for name in asked}


# -- reverse mode: a proxy stands for one origin, so all exchanges have the same, one after the other


@dataclass(frozen=True)
class Stand:
    """An origin's place, and the two reverse proxies in front of it."""

    listening: socket.socket
    engines: Mapping[str, Engine]


@contextlib.contextmanager
def stand(scheme: str, folder: Path, upstream_ca: Path) -> Iterator[Stand]:
    """The place for an origin that speaks *scheme*."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        host = "localhost" if scheme == "https" else "127.0.0.1"
        mode = f"reverse:{scheme}://{host}:{listening.getsockname()[1]}"
        yield Stand(listening, {name: stack.enter_context(engine(name, folder, upstream_ca, mode)) for name in ENGINES})


def outcomes_behind(
    exchanges: Mapping[str, Exchange], stands: Mapping[str, Stand], server: ssl.SSLContext
) -> dict[str, dict[str, Seen]]:
    """The same as :func:`outcomes` of exchanges in reverse mode, through the stand for what their origin speaks."""
    return asyncio.run(_all_behind(exchanges, stands, server))


async def _all_behind(
    exchanges: Mapping[str, Exchange], stands: Mapping[str, Stand], server: ssl.SSLContext
) -> dict[str, dict[str, Seen]]:
    async def those_of(scheme: str, *, tls: bool) -> dict[str, dict[str, Seen]]:
        mine = {name: each for name, each in exchanges.items() if each.way.origin_tls == tls}
        return await _one_by_one(mine, stands[scheme], server if tls else None)

    clear, inside = await asyncio.gather(those_of("http", tls=False), those_of("https", tls=True))
    return clear | inside


async def _one_by_one(
    exchanges: Mapping[str, Exchange], place: Stand, server: ssl.SSLContext | None
) -> dict[str, dict[str, Seen]]:
    contexts, found = _contexts(place.engines), {}
    port = place.listening.getsockname()[1]
    now: Origin

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await now.serve(reader, writer)

    listening = await asyncio.start_server(serve, sock=place.listening.dup(), ssl=server, limit=1 << 20)
    try:
        for name, exchange in exchanges.items():
            now = Origin(exchange, port=port)
            found[name] = await _through_each(exchange, now, place.engines, contexts)
    finally:
        listening.close()
        listening.abort_clients()
        await asyncio.sleep(0)  # the transports leave the server
    return found
