"""The proxies that are compared, each a process on the proxy's side of the machine."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

try:
    from bench import nginx, place
except ImportError:  # run as a script
    import nginx
    import place

ABOUT = {
    "mitmdump": "stock mitmdump with the five lines of stock_addon.py that set one header",
    "stock": "authwright run --engine stock, with a bearer rule",
    "run": "authwright run, with the same rule",
    "script": "stock mitmdump with addons/inject.py and the same rule",
    "nginx": "nginx with one worker and proxy_set_header",
    "envoy": "Envoy with one thread and request_headers_to_add",
    "workers": "authwright run --workers 2",
    "before": "authwright run of another checkout, AUTHWRIGHT_BEFORE, with the same rule",
}
FORWARD_PROXIES = ("mitmdump", "stock", "run", "script", "workers", "before")
"""Those that open a tunnel's TLS."""
_ANOTHER = "import sys; sys.path.insert(0, {!r} + '/addons'); from authwright.cli import main; sys.exit(main())"
ENVOY = place.BENCH / ".envoy" / "bin" / "envoy"


@dataclass(frozen=True)
class Ground:
    """What every contestant stands on."""

    folder: Path
    config: Path
    ca: Path
    ports: dict[str, int]
    addon: Path = place.BENCH / "stock_addon.py"
    """What stock mitmdump runs."""


def _envoy(folder: Path, port: int, origin: int) -> list[str]:
    """Envoy's own process, without the script around it, so that signals reach it."""
    text = (place.BENCH / "envoy.json").read_text().replace('"PORT"', str(port)).replace('"ORIGIN"', str(origin))
    (folder / "envoy.json").write_text(text.replace("TOKEN", nginx.TOKEN))
    return [str(ENVOY), "--concurrency", "1", "-l", "error", "--disable-hot-restart", "-c", f"{folder}/envoy.json"]


def missing(name: str) -> str:
    """Why a contestant cannot be had here; empty when it can."""
    if name == "before" and "AUTHWRIGHT_BEFORE" not in os.environ:
        return "AUTHWRIGHT_BEFORE names no checkout"
    return "bench/setup installs it" if name == "envoy" and not ENVOY.exists() else ""


def command(name: str, port: int, ground: Ground) -> list[str]:
    """What starts contestant *name* on *port*."""
    folder = ground.folder / name
    match name:
        case "nginx":
            return nginx.proxy(folder, port, ground.ports["http"])
        case "envoy":
            return _envoy(folder, port, ground.ports["http"])
        case "run" | "stock" | "workers" | "before":
            start = ["-m", "authwright"] if name != "before" else ["-c", _ANOTHER.format(os.environ["AUTHWRIGHT_BEFORE"])]
            ours = [sys.executable, *start, "run", "-q", "--listen", f"127.0.0.1:{port}"]
            more = {"stock": ["--engine", "stock"], "workers": ["--workers", "2"]}
            return [*ours, "--config", str(ground.config), *more.get(name, [])]
    return _mitmdump(name, port, folder, ground)


def _mitmdump(name: str, port: int, folder: Path, ground: Ground) -> list[str]:
    mitmdump = str(Path(sys.executable).with_name("mitmdump"))
    comparable = ["connection_strategy=lazy", f"confdir={folder}/mitmproxy", f"ssl_verify_upstream_trusted_ca={ground.ca}"]
    script = ground.addon
    if name == "script":
        script = place.ADDONS / "inject.py"
        comparable += [f"authwright_config={ground.config}", f"authwright_home={folder}/home"]
    sets = [word for setting in comparable for word in ("--set", setting)]
    return [mitmdump, "-q", "--listen-host", "127.0.0.1", "-p", str(port), "-s", str(script), *sets]


@contextlib.contextmanager
def contestant(name: str, ground: Ground, *, where: set[int] | None = None) -> Iterator[place.Running]:
    """A proxy that takes connections."""
    folder = ground.folder / name
    folder.mkdir(exist_ok=True)
    port = place.free_port()
    with place.listening(name, command(name, port, ground), folder, port, where=where or place.cores(place.PROXY)) as running:
        yield running


@contextlib.contextmanager
def counting_origin(folder: Path, certificate: Path | None) -> Iterator[dict[str, int]]:
    """The ports, by scheme, of the origin that counts what it gets and sends as much as it is asked for."""
    argv = [sys.executable, str(place.BENCH / "origin.py"), *([str(certificate)] if certificate else [])]
    with place.process(argv, folder, where=place.cores(place.LOAD), out=subprocess.PIPE) as child:
        yield json.loads(child.stdout.readline())


def configuration(folder: Path, ports: dict[str, int], ca: Path, others: int = 0) -> Path:
    """A file with a bearer rule for the origin, after *others* rules for other hosts."""
    rules = [f"  - {{match: 'host{n}.example.com/v1/**', auth: {{type: bearer, token: other}}}}" for n in range(others)]
    hosts = {"http": "127.0.0.1", "https": "localhost"}
    rules += [
        f'  - {{match: "{s}://{hosts[s]}:{port}", auth: {{type: bearer, token: {nginx.TOKEN}}}}}' for s, port in ports.items()
    ]
    path = folder / f"authwright-{others}.yaml"
    path.write_text("\n".join(["version: 1", f"settings: {{upstream_ca: {ca}}}", "rules:", *rules, ""]))
    return path
