"""Requests a second, latency and processor time a request: stock mitmdump against authwright, turn by turn.

Run: ``python bench/throughput.py [--quick] [--seconds 3] [--rounds 3] [--clients 1,16,64] [--only mitmdump,run] [--scheme http]``
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import tempfile
from pathlib import Path
from statistics import median

import contestants
from contestants import Running

_ROW = "{:28} {:9} {:>9} {:>8} {:>8} {:>10} {:>6} {:>6}"


def turn(proxy: Running, port: int, *, seconds: float, **shape: object) -> dict[str, float]:
    """One turn: what the load generator saw, and what it cost the proxy."""
    before = proxy.cpu()
    seen = contestants.load(proxy=proxy.port, origin=port, seconds=seconds, warm=min(0.5, seconds / 4), **shape)
    # the warm-up's share is taken out by its length: it has the same load
    spent = (proxy.cpu() - before) * seen["seconds"] / (seen["seconds"] + min(0.5, seconds / 4))
    return {**seen, "us": spent / max(seen["requests"], 1) * 1e6}


def show(name: str, proxy: str, seen: dict[str, float], ratio: str = "") -> None:
    numbers = (f"{seen['rps']:.0f}", f"{seen['p50']:.2f}", f"{seen['p99']:.2f}", f"{seen['us']:.0f}", f"{seen['errors']:.0f}")
    print(_ROW.format(name, proxy, *numbers, ratio or f"{seen['cpu']:.0%}"), flush=True)


def scenario(name: str, proxies: list[Running], port: int, rounds: int, **shape: object) -> None:
    """Every proxy in turn, the order reversed each round; then medians and how they compare with the first."""
    turns: dict[str, list[dict[str, float]]] = {proxy.name: [] for proxy in proxies}
    for number in range(rounds):
        for proxy in proxies if number % 2 == 0 else reversed(proxies):
            turns[proxy.name].append(turn(proxy, port, **shape))
            show(f"{name} #{number + 1}", proxy.name, turns[proxy.name][-1])
    medians = {who: {key: median(seen[key] for seen in all_of) for key in all_of[0]} for who, all_of in turns.items()}
    base = medians[proxies[0].name]["rps"]
    for who, seen in medians.items():
        show(f"{name} median", who, seen, f"{seen['rps'] / base:.2f}x" if base else "-")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a turn (3)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each proxy in a scenario (3)")
    parser.add_argument("--clients", default="1,16,64", help="numbers of clients at once (1,16,64)")
    parser.add_argument("--only", default=",".join(contestants.NAMES), help="proxies, the first is compared with")
    parser.add_argument("--scheme", choices=["http", "https"], help="one of the two only")
    parser.add_argument("--quick", action="store_true", help="one round of one second, 16 clients")
    asked = parser.parse_args()
    seconds, rounds, clients = (
        (1.0, 1, [16]) if asked.quick else (asked.seconds, asked.rounds, [int(n) for n in asked.clients.split(",")])
    )
    with tempfile.TemporaryDirectory(prefix="authwright-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        ca, certificate = contestants.authority(folder)
        ports = stack.enter_context(contestants.origin(folder, certificate))
        config = contestants.configuration(folder, ports, ca)
        proxies = [stack.enter_context(contestants.contestant(who, folder, config, ca)) for who in asked.only.split(",")]
        print(_ROW.format("scenario", "proxy", "req/s", "p50 ms", "p99 ms", "us cpu/req", "errors", "load"))
        for scheme, reuse, count in itertools.product(
            [asked.scheme] if asked.scheme else ["http", "https"], [True, False], clients
        ):
            shape = {"tls": scheme == "https", "reuse": reuse, "clients": count, "seconds": seconds}
            scenario(f"{scheme} {'kept' if reuse else 'short'} {count}", proxies, ports[scheme], rounds, **shape)


if __name__ == "__main__":
    main()
