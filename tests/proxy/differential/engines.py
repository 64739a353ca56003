"""The two byte movers, each a proxy of its own in front of the same origins."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
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


def configuration(folder: Path, upstream_ca: Path, name: str) -> Path:
    """Every loopback origin gets the token, but for a path with a key in the query and a path that is left alone."""
    file = folder / f"{name}.yaml"
    file.write_text(
        f"""\
version: 1
settings: {{upstream_ca: {upstream_ca}, engine: {name}}}
rules:
  - match: {{host: [127.0.0.1, localhost], port: "*"}}
    auth: {{type: bearer, token: {TOKEN}}}
    rules:
      - {{match: {{path: /bare/**}}, auth: none}}
      - {{match: {{path: /query/**}}, auth: {{type: api_key, name: key, value: {TOKEN}, in: query}}}}
"""
    )
    return file


@contextlib.contextmanager
def engine(name: str, folder: Path, upstream_ca: Path) -> Iterator[Engine]:
    """``authwright run --engine NAME``."""
    home, config = folder / name, configuration(folder, upstream_ca, name)
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
    contexts = {name: ssl.create_default_context(cafile=each.ca) for name, each in engines.items()}
    free = asyncio.Semaphore(_AT_ONCE)

    async def one(exchange: Exchange) -> dict[str, Seen]:
        async with free, Origin(exchange, server if exchange.tls else None) as origin:
            asked = [name for name in engines if name != "stock" or not exchange.answered]
            return {name: await played(exchange, origin, engines[name].port, contexts[name]) for name in asked}

    results = await asyncio.gather(*map(one, exchanges.values()))
    return dict(zip(exchanges, results, strict=True))
