"""The proxies that are compared, each a process on a core of its own where the machine has two."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).parent
ADDONS = BENCH.parent / "addons"
PATIENCE = 30.0
TOKEN = "bench-token"
NAMES = ("mitmdump", "run", "script")
"""Stock mitmdump with the five-line addon · ``authwright run`` · stock mitmdump with addons/inject.py."""


@dataclass
class Running:
    """A process that listens."""

    name: str
    pid: int
    port: int
    started_in: float
    """Seconds from the start of the process until it took a connection."""

    def cpu(self) -> float:
        """Seconds of processor time so far, of the whole process."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> dict[str, float]:
        """Resident memory now and at its highest, in MiB."""
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines())
        return {key: int(lines[field].split()[0]) / 1024 for key, field in (("now", "VmRSS"), ("peak", "VmHWM"))}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def environment(folder: Path) -> dict[str, str]:
    paths = os.pathsep.join(filter(None, (str(ADDONS), os.environ.get("PYTHONPATH", ""))))
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(folder), "AUTHWRIGHT_HOME": str(folder / "home"), "PYTHONPATH": paths}


def pinned(core: int) -> Callable[[], None] | None:
    """What keeps a child on one core, so that the proxy and what measures it do not share one."""
    cores = sorted(os.sched_getaffinity(0))
    return (lambda: os.sched_setaffinity(0, {cores[core]})) if len(cores) > 1 else None


@contextlib.contextmanager
def process(argv: list[str], folder: Path, *, core: int, out: int | None = subprocess.DEVNULL) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own, ended with it; its errors go to ``folder/err``."""
    with (folder / "err").open("w") as err:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environment(folder),
            cwd=folder,
            text=True,
            start_new_session=True,
            preexec_fn=pinned(core),  # noqa: PLW1509 - this program has one thread
        )
    try:
        yield child
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(5)
        if child.stdout:
            child.stdout.close()


@contextlib.contextmanager
def origin(folder: Path, certificate: Path | None) -> Iterator[dict[str, int]]:
    """The origin server's ports, by scheme."""
    argv = [sys.executable, str(BENCH / "origin.py"), *([str(certificate)] if certificate else [])]
    with process(argv, folder, core=1, out=subprocess.PIPE) as child:
        yield json.loads(child.stdout.readline())


def command(name: str, port: int, folder: Path, config: Path, ca: Path) -> list[str]:
    """What starts contestant *name* on *port*."""
    if name == "run":
        return [sys.executable, "-m", "authwright", "run", "-q", "--listen", f"127.0.0.1:{port}", "--config", str(config)]
    mitmdump = str(Path(sys.executable).with_name("mitmdump"))
    comparable = ["connection_strategy=lazy", f"confdir={folder}/mitmproxy", f"ssl_verify_upstream_trusted_ca={ca}"]
    if name == "script":
        script = ADDONS / "inject.py"
        comparable += [f"authwright_config={config}", f"authwright_home={folder}/home"]
    else:
        script = BENCH / "stock_addon.py"
    sets = [word for setting in comparable for word in ("--set", setting)]
    return [mitmdump, "-q", "--listen-host", "127.0.0.1", "-p", str(port), "-s", str(script), *sets]


@contextlib.contextmanager
def contestant(name: str, folder: Path, config: Path, ca: Path) -> Iterator[Running]:
    """A proxy that takes connections."""
    folder = folder / name
    folder.mkdir()
    port = free_port()
    began = time.perf_counter()
    with process(command(name, port, folder, config, ca), folder, core=0) as child:
        while not _accepts(port):
            if child.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise SystemExit(f"{name} did not start:\n{(folder / 'err').read_text()}")
            time.sleep(0.005)
        yield Running(name, child.pid, port, time.perf_counter() - began)


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def configuration(folder: Path, ports: dict[str, int], ca: Path, others: int = 0) -> Path:
    """A file with a bearer rule for the origin, after *others* rules for other hosts."""
    rules = [f"  - {{match: 'host{n}.example.com/v1/**', auth: {{type: bearer, token: other}}}}" for n in range(others)]
    hosts = {"http": "127.0.0.1", "https": "localhost"}
    rules += [f'  - {{match: "{s}://{hosts[s]}:{port}", auth: {{type: bearer, token: {TOKEN}}}}}' for s, port in ports.items()]
    path = folder / f"authwright-{others}.yaml"
    path.write_text("\n".join(["version: 1", f"settings: {{upstream_ca: {ca}}}", "rules:", *rules, ""]))
    return path


def authority(folder: Path) -> tuple[Path, Path]:
    """A private CA and a server certificate of it, made by openssl."""
    ca, leaf, bundle = folder / "ca.pem", folder / "leaf.pem", folder / "server.pem"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
    usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    _openssl("req", "-x509", *key, "-subj", "/CN=bench CA", *usage, "-keyout", f"{folder}/ca.key", "-out", str(ca))
    signed = ["-CA", str(ca), "-CAkey", f"{folder}/ca.key"]
    _openssl("req", "-x509", *key, "-subj", "/CN=localhost", *names, *signed, "-keyout", f"{folder}/leaf.key", "-out", str(leaf))
    bundle.write_text((folder / "leaf.key").read_text() + leaf.read_text())
    return ca, bundle


def _openssl(*argv: str) -> None:
    done = subprocess.run(["openssl", *argv], capture_output=True, text=True, check=False, timeout=30)
    if done.returncode:
        raise SystemExit(f"openssl {re.sub(r'/[^ ]*/', '', ' '.join(argv))} failed:\n{done.stderr}")


def load(**run: object) -> dict[str, float]:
    """One run of the load generator, see ``load.py``."""
    argv = [sys.executable, str(BENCH / "load.py"), json.dumps(run)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=600, preexec_fn=pinned(1))
    return json.loads(done.stdout)
