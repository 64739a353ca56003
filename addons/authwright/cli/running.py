"""The proxy of ``run``: started, announced, and ended by a signal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..assembly import House, SystemAmbient, build, home_dir
from ..config.reload import Watch
from ..proxy import ca, trust
from ..proxy.master import serve
from ..secret import Secret
from ..trace import Trace
from .configuration import find_file
from .failure import CTRL_C
from .log import to_object
from .proxying import Report, log_to_stderr, notice, reporter
from .verb import Everywhere

type Addresses = Sequence[tuple[str, int]]


def run(common: Everywhere, given: dict[str, Any]) -> int:
    """Run the proxy until a signal ends it; the exit code.

    Args:
        common: the flags that stand everywhere.
        given: the settings that flags say.
    """
    log_to_stderr()
    file = find_file(common)
    watch = Watch(file, common.env)
    if password := os.environ.get("AUTHWRIGHT_PASSWORD"):
        given = {**given, "password": Secret(password)}
    settings = replace(watch.current.settings, **given)
    house = build(watch, settings, home=home_dir(), warn=notice)
    return asyncio.run(_serve(common, house, file))


async def _serve(common: Everywhere, house: House, file: Path) -> int:
    stop, code = _ended_by_signals()
    report = _objects(common) if common.json else reporter(common)
    announce = _announce_object if common.json else _announce
    bundle = _client_bundle(house.home)

    def on_ready(addresses: Addresses) -> None:
        if common.json or not common.quiet:
            announce(house, addresses, file, bundle)

    await serve(house, house.settings, report=report, on_ready=on_ready, notice=notice, stop=stop)
    return code()


def _ended_by_signals() -> tuple[asyncio.Event, Callable[[], int]]:
    """An event that the first SIGTERM or SIGINT sets, and the exit code it means; the second one ends us at once."""
    loop, stop, came = asyncio.get_running_loop(), asyncio.Event(), set[int]()

    def end(number: int) -> None:
        came.add(number)
        stop.set()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, end, each)
    return stop, lambda: CTRL_C if signal.SIGINT in came else 0


def _objects(common: Everywhere) -> Report:
    clock = SystemAmbient()

    def report(trace: Trace) -> None:
        if trace.error or not common.quiet:
            print(json.dumps(to_object(trace, clock.now(), changes=common.verbose > 0), ensure_ascii=False), flush=True)

    return report


def _client_bundle(home: Path) -> Path:
    """A file of CAs for clients: the system's, those their ``SSL_CERT_FILE`` names, and ours."""
    path = home / "client-ca.pem"
    theirs = os.environ.get("SSL_CERT_FILE", "")
    return trust.write(path, trust.client_pem(ca.certificate(home), "" if theirs == str(path) else theirs))


def _announce(house: House, addresses: Addresses, file: Path, bundle: Path) -> None:
    rules = house.rules.current
    environment = f", environment {rules.environment}" if rules.environment else ""
    places = ", ".join(map(_shown, addresses))
    count = len(rules.rules)
    notice(f"{__version__} listens on {places}: {count} rule{'s' * (count != 1)} of {file}{environment}")
    if house.settings.mode == "regular":
        user = "any:PASSWORD@" if house.settings.password else ""
        url = f"http://{user}{_shown(addresses[0])}"
        print(f"  export http_proxy={url} https_proxy={url} SSL_CERT_FILE={bundle}", file=sys.stderr)
        print(f"  the CA alone: {house.home / 'ca' / 'mitmproxy-ca-cert.pem'}", file=sys.stderr, flush=True)


def _announce_object(house: House, addresses: Addresses, file: Path, bundle: Path) -> None:
    rules = house.rules.current
    about = {"file": str(file), "rules": len(rules.rules), "environment": rules.environment or None, "ca_bundle": str(bundle)}
    print(json.dumps({"listening": [_shown(address) for address in addresses], **about}), flush=True)


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
