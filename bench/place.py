"""Where a measurement takes place: processes on cores of their own, their processor time and memory, a throw-away CA."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).parent
ADDONS = BENCH.parent / "addons"
PATIENCE = 30.0
PROXY, LOAD = "proxy", "load"
"""The two sides of the machine: what is measured, and what measures it together with the origin server."""


@dataclass
class Running:
    """A process that listens, with all its children."""

    name: str
    pid: int
    port: int
    started_in: float = 0.0
    """Seconds from the start of the process until it took a connection."""

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        return sum((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") for _, fields in _session(self.pid))

    def memory(self) -> dict[str, float]:
        """Resident memory now and at its highest, in MiB; what processes share is counted in each."""
        total = {"now": 0.0, "peak": 0.0}
        for pid, _ in _session(self.pid):
            lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            for key, name in (("now", "VmRSS"), ("peak", "VmHWM")):
                total[key] += int(lines[name].split()[0]) / 1024
        return total


def _session(leader: int) -> Iterator[tuple[int, list[str]]]:
    """The processes of a session, and what ``stat`` says of each after its name (see proc(5))."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                yield int(path.parent.name), fields


def cores(side: str) -> set[int]:
    """The processors of a side: one each on a machine with two, two each on one with four."""
    all_of = sorted(os.sched_getaffinity(0))
    half = max(min(len(all_of) // 2, 2), 1)
    return set(all_of[:half] if side == PROXY else all_of[half:] or all_of)


def pinned(where: set[int]) -> Callable[[], None]:
    return lambda: os.sched_setaffinity(0, where)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def environment(folder: Path, **more: str) -> dict[str, str]:
    paths = os.pathsep.join(filter(None, (str(ADDONS), os.environ.get("PYTHONPATH", ""))))
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(folder), "AUTHWRIGHT_HOME": str(folder / "home"), "PYTHONPATH": paths, **more}


@contextlib.contextmanager
def process(
    argv: list[str], folder: Path, *, where: set[int], out: int | None = subprocess.DEVNULL, **variables: str
) -> Iterator[subprocess.Popen[str]]:
    """A process in a session of its own, ended with it; its errors go to ``folder/err``."""
    with (folder / "err").open("w") as err:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environment(folder, **variables),
            cwd=folder,
            text=True,
            start_new_session=True,
            preexec_fn=pinned(where),  # noqa: PLW1509 - this program has one thread
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
def listening(name: str, argv: list[str], folder: Path, port: int, *, where: set[int], **variables: str) -> Iterator[Running]:
    """A process, once it takes connections on *port*."""
    folder.mkdir(exist_ok=True)
    began = time.perf_counter()
    with process(argv, folder, where=where, **variables) as child:
        while not accepts(port):
            if child.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise SystemExit(f"{name} did not start:\n{(folder / 'err').read_text()}")
            time.sleep(0.005)
        yield Running(name, child.pid, port, time.perf_counter() - began)


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
