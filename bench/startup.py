"""How long one waits: for ``--help``, for ``check`` of a 50-line file, and for a proxy to listen.

Run: ``python bench/startup.py [--rounds 7]``
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import contestants
import nginx
import place


def fifty_lines() -> str:
    """A usual file of 50 lines: variables, environments, credentials, groups of rules."""
    top = "version: 1\nenvironment: dev\nvariables: {api: api.example.com}\nenvironments:\n  dev: {idp: https://idp.example.com}\ncredentials:\n"
    orders = "  orders{n}:\n    type: oauth2\n    grant: client_credentials\n    token_endpoint: ${{idp}}/token\n    client_id: orders{n}\n"
    orders += '    client_secret: "${{env:ORDERS_SECRET:-none}}"\n'
    rules = "  - name: rule{n}\n    match: {{host: api{n}.example.com, path: [/v1/**, /v2/**]}}\n    auth: orders{m}\n"
    text = (
        top + "".join(orders.format(n=n) for n in range(3)) + "rules:\n" + "".join(rules.format(n=n, m=n % 3) for n in range(8))
    )
    return text + '  - {match: "${api}", auth: none}\n'


def command(arguments: list[str], folder: Path) -> float:
    """Seconds from start to end of one command."""
    began = time.perf_counter()
    argv = [sys.executable, "-m", "authwright", *arguments]
    done = subprocess.run(
        argv, env=place.environment(folder), cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    taken = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return taken


def show(what: str, seconds: list[float]) -> None:
    turns = " ".join(f"{second * 1000:.0f}" for second in seconds)
    print(f"{what:34} {median(seconds) * 1000:6.0f} ms   (turns: {turns})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each (7)")
    rounds = range(parser.parse_args().rounds)
    with tempfile.TemporaryDirectory(prefix="authwright-bench-") as made, contextlib.ExitStack() as stack:
        folder = Path(made)
        (folder / "authwright.yaml").write_text(fifty_lines())
        print(f"the file has {len(fifty_lines().splitlines())} lines")
        show("authwright --help", [command(["--help"], folder) for _ in rounds])
        show("authwright check", [command(["check"], folder) for _ in rounds])
        ca, certificate = place.authority(folder)
        origin = stack.enter_context(nginx.origin(folder, certificate))
        config = contestants.configuration(folder, origin.ports, ca)
        waits: dict[str, list[float]] = {name: [] for name in ("mitmdump", "run", "script")}
        for number in rounds:
            for name, seconds in waits.items():
                turn = folder / f"turn-{number}"
                turn.mkdir(exist_ok=True)
                with contestants.contestant(name, contestants.Ground(turn, config, ca, origin.ports)) as proxy:
                    seconds.append(proxy.started_in)
        for name, seconds in waits.items():
            show(f"{name} until it listens", seconds)


if __name__ == "__main__":
    main()
