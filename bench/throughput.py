"""Requests a second, latency, processor time and memory: authwright against stock mitmdump, nginx and Envoy, turn by turn.

Run: ``python bench/throughput.py [--quick] [--seconds 2] [--rounds 3] [--only mitmdump,run] [--scenarios get-16,post-16]``
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import contestants
import generators
import nginx
import place
from generators import Shape
from place import Running

SCENARIOS = {
    "get-1": Shape(clients=1),
    "get-16": Shape(),
    "get-64": Shape(clients=64),
    "get-16-headers": Shape(headers="12"),
    "post-16": Shape(body=1024),
    "mebibyte-4": Shape(clients=4, path="/mebibyte"),
    "short-16": Shape(reuse=False),
    "tls-1": Shape(clients=1, tls=True),
    "tls-16": Shape(tls=True),
    "tls-short-16": Shape(tls=True, reuse=False),
}
QUICK = ("get-1", "get-16", "post-16", "mebibyte-4", "tls-16")
NAMES = ("mitmdump", "stock", "run", "nginx", "envoy", "direct")
_ROW = "{:24} {:15} {:>9} {:>8} {:>8} {:>8} {:>10} {:>6} {:>7}"
_HEADER = ("scenario", "proxy", "req/s", "MB/s", "p50 ms", "p99 ms", "us cpu/req", "errors", "load")


@dataclass(frozen=True)
class Field:
    """The origin, and who runs against whom; ``None`` is nobody: the clients ask the origin itself."""

    origin: nginx.Origin
    proxies: dict[str, Running | None]

    def turn(self, name: str, shape: Shape, seconds: float) -> dict[str, float]:
        """One turn: what the load generator saw, and what it cost the proxy and its own side of the machine."""
        proxy = self.proxies[name]
        before, served = proxy.cpu() if proxy else 0.0, self.origin.process.cpu()
        seen = generators.load(proxy.port if proxy else None, self.origin.ports, shape, seconds)
        spent = (proxy.cpu() if proxy else 0.0) - before
        busy = (seen["own"] + self.origin.process.cpu() - served) / seen["seconds"] / len(place.cores(place.LOAD))
        count = max(seen["requests"], 1)
        rates = {"rps": seen["requests"] / seen["seconds"], "mbs": seen["bytes"] / seen["seconds"] / 1e6}
        return {**seen, **rates, "us": spent / count * 1e6, "load": busy}


def show(name: str, proxy: str, seen: dict[str, float], last: str = "") -> None:
    numbers = [f"{seen['rps']:.0f}", f"{seen['mbs']:.1f}", *(f"{seen[key]:.2f}" for key in ("p50", "p99"))]
    print(
        _ROW.format(name, proxy, *numbers, f"{seen['us']:.0f}", f"{seen['errors']:.0f}", last or f"{seen['load']:.0%}"),
        flush=True,
    )


def scenario(
    name: str, field: Field, who: Sequence[str], seconds: float, rounds: int, shapes: Mapping[str, Shape] = SCENARIOS
) -> dict[str, dict[str, float]]:
    """Everybody in turn, the order reversed each round; then medians, which are returned, and how they compare with the first."""
    turns: dict[str, list[dict[str, float]]] = {each: [] for each in who}
    for number in range(rounds):
        for each in who if number % 2 == 0 else reversed(who):
            turns[each].append(field.turn(each, shapes[name], seconds))
            if rounds > 1:
                show(f"{name} #{number + 1}", each, turns[each][-1])
    medians = {each: {key: median(seen[key] for seen in all_of) for key in all_of[0]} for each, all_of in turns.items()}
    base = medians[who[0]]["rps"]
    for each, seen in medians.items():
        show(f"{name} median", each, seen, f"{seen['load']:.0%} {seen['rps'] / base:.1f}x" if base else "-")
    return medians


def memory(when: str, proxies: dict[str, Running | None]) -> None:
    for name, proxy in proxies.items():
        if proxy:
            seen = proxy.memory()
            print(f"memory {when} {name:9} {seen['now']:6.1f} MiB, at its highest {seen['peak']:6.1f}", flush=True)


def sharing(ground: contestants.Ground, origin: nginx.Origin, seconds: float, rounds: int) -> None:
    """One process against two, both allowed on every processor that the load is not on, or on all where there are two."""
    allowed = place.cores(place.PROXY)
    if len(allowed) == 1:
        allowed = os.sched_getaffinity(0)
        print(f"workers: only {len(allowed)} processors, so the proxies share them with the load")
    with contextlib.ExitStack() as stack:
        field = Field(
            origin,
            {name: stack.enter_context(contestants.contestant(name, ground, where=allowed)) for name in ("run", "workers")},
        )
        scenario("workers-64", field, tuple(field.proxies), seconds, rounds, {"workers-64": Shape(clients=64)})


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a turn (2)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each proxy in a scenario (3)")
    parser.add_argument("--only", default=",".join(NAMES), help="proxies, the first is compared with")
    parser.add_argument("--scenarios", default=",".join(SCENARIOS), help=f"any of {', '.join(SCENARIOS)}")
    parser.add_argument("--no-workers", action="store_true", help="leave out --workers 2 against one process")
    parser.add_argument("--quick", action="store_true", help="one round of one second, five scenarios")
    asked = parser.parse_args()
    asked.scenarios = QUICK if asked.quick else tuple(asked.scenarios.split(","))
    if asked.quick:
        asked.seconds, asked.rounds = 1.0, 1
    return asked


def heading() -> None:
    print(_ROW.format(*_HEADER))


def _there(names: Sequence[str]) -> list[str]:
    for name in names:
        if why := contestants.missing(name):
            print(f"{name} is left out: {why}.")
    return [name for name in names if not contestants.missing(name)]


def main() -> None:
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="authwright-bench-") as made, contextlib.ExitStack() as stack:
        folder = Path(made)
        ca, certificate = place.authority(folder)
        origin = stack.enter_context(nginx.origin(folder, certificate))
        ground = contestants.Ground(folder, contestants.configuration(folder, origin.ports, ca), ca, origin.ports)
        proxies: dict[str, Running | None] = {}
        with contextlib.ExitStack() as running:
            for name in _there(asked.only.split(",")):
                proxies[name] = None if name == "direct" else running.enter_context(contestants.contestant(name, ground))
            memory("at rest", proxies)
            field = Field(origin, proxies)
            for name in proxies:
                field.turn(name, SCENARIOS["get-16"], 1)  # warm
            heading()
            for name in asked.scenarios:
                tunnels = SCENARIOS[name].tls
                who = [each for each in proxies if not tunnels or each in (*contestants.FORWARD_PROXIES, "direct")]
                scenario(name, field, who, asked.seconds, asked.rounds)
            memory("loaded", proxies)
        if not asked.no_workers:
            sharing(ground, origin, asked.seconds, asked.rounds)


if __name__ == "__main__":
    main()
