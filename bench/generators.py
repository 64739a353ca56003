"""The load: wrk for plain HTTP, ``load.py`` for tunnels; both on the side of the machine that the proxy is not on."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import dataclass

try:
    from bench import nginx, place
except ImportError:  # run as a script
    import nginx
    import place


@dataclass(frozen=True)
class Shape:
    """What the clients do.

    Args:
        clients: connections at once.
        path: what they ask for.
        tls: inside a tunnel's TLS.
        reuse: over kept connections, else a new one for each request.
        body: bytes of a POST's body; 0 is a GET.
        headers: ``12`` for a browser's twelve headers.
    """

    clients: int = 16
    path: str = "/"
    tls: bool = False
    reuse: bool = True
    body: int = 0
    headers: str = ""


def load(proxy: int | None, ports: dict[str, int], shape: Shape, seconds: float) -> dict[str, float]:
    """One turn through the proxy on port *proxy*, or straight to the origin; *own* is the generator's processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    argv = _tunnels(proxy, ports["https"], shape, seconds) if shape.tls else _wrk(proxy, ports["http"], shape, seconds)
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=seconds + 60, preexec_fn=place.pinned(place.cores(place.LOAD))
    )
    if done.returncode:
        raise SystemExit(f"{argv[0]} failed:\n{done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**json.loads(done.stdout.splitlines()[-1]), "own": own}


def _wrk(proxy: int | None, port: int, shape: Shape, seconds: float) -> list[str]:
    host = f"127.0.0.1:{port}"
    target = f"http://{host}{shape.path}" if proxy else shape.path
    kind = shape.headers or ("0" if shape.reuse else "close")
    told = ["POST" if shape.body else "GET", target, host, str(shape.body), kind, *([] if proxy else [nginx.TOKEN])]
    script = str(place.BENCH / "load.lua")
    flags = ["-t1", f"-c{shape.clients}", f"-d{max(round(seconds), 1)}", "--timeout", "30", "-s", script]
    return ["wrk", *flags, f"http://127.0.0.1:{proxy or port}", "--", *told]


def _tunnels(proxy: int | None, port: int, shape: Shape, seconds: float) -> list[str]:
    told = {"proxy": proxy, "origin": port, "reuse": shape.reuse, "clients": shape.clients, "seconds": seconds}
    return [sys.executable, str(place.BENCH / "load.py"), json.dumps(told if proxy else {**told, "token": nginx.TOKEN})]
