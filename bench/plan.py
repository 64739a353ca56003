"""What the rules cost: planning and signing one request, 10 000 rules against 10, in this process and through the proxy.

Run: ``python bench/plan.py [--rules 10000] [--seconds 2] [--rounds 5]``
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import contestants
import generators
import nginx
import place

sys.path.insert(0, str(place.ADDONS))

import authwright
from authwright.ambient import SystemAmbient
from authwright.engine.engine import Engine
from authwright.message import Request
from authwright.outbound.transport import HttpTransport
from authwright.tokens.broker import Broker
from authwright.tokens.stores.memory import MemoryStore

SAMPLES = 20_000
_HEADERS = [
    ("Host", "host.example.com"),
    ("User-Agent", "bench"),
    ("Accept", "*/*"),
    ("Cookie", "a=b; c=d"),
    ("X-Request-Id", "1"),
]


def document(count: int) -> str:
    """*count* rules, nine in ten for a host of their own and the rest for wildcards and paths of one host."""
    kinds = ("host{n}.example.com/v1/**",) * 9 + ("*.team{n}.example.com",)
    rules = [f"  - {{match: '{kinds[n % 10].format(n=n)}', auth: {{type: bearer, token: t{n}}}}}" for n in range(count)]
    return "\n".join(["version: 1", "rules:", *rules, ""])


def requests(count: int) -> list[Request]:
    """Requests spread over all rules, and as many that no rule names."""
    step = max(count // 500, 1)
    urls = [f"https://host{n}.example.com/v1/orders/{n}?page=2" for n in range(0, count, step)]
    urls += [f"https://a.team{n}.example.com/" for n in range(9, count, step * 10)]
    urls += [f"https://elsewhere{n}.example.org/" for n in range(500)]
    return [Request.of("GET", url, _HEADERS) for url in urls]


def timed(call, arguments: list) -> list[float]:
    """Microseconds of each of :data:`SAMPLES` calls, sorted."""
    taken = []
    for number in range(SAMPLES):
        argument = arguments[number % len(arguments)]
        began = perf_counter()
        call(argument)
        taken.append(perf_counter() - began)
    return sorted(1e6 * second for second in taken)


def show(what: str, taken: list[float]) -> None:
    print(
        f"{what:46} p50 {taken[len(taken) // 2]:7.1f} us   p99 {taken[len(taken) * 99 // 100]:7.1f} us   mean {sum(taken) / len(taken):7.1f} us"
    )


def in_process(count: int) -> None:
    """Load, match, plan and sign."""
    text = document(count)
    began = perf_counter()
    rules = authwright.load(text)
    print(f"{count:6} rules: loaded in {perf_counter() - began:.3f} s ({len(text) >> 10} KiB)")
    wanted = requests(count)
    named = [request for request in wanted if rules.plan(request)]
    engine = Engine(HttpTransport(), Broker(MemoryStore(), SystemAmbient()), SystemAmbient())

    def plan_and_sign(request: Request) -> None:
        exchange = engine.begin(rules, rules.plan(request), request)
        exchange.start()
        exchange.close()

    for request in named:
        rules.plan(request).rule.credential.scheme()  # secrets are read once, when a rule is first used
    show(f"{count:6} rules: plan", timed(rules.plan, wanted))
    show(f"{count:6} rules: plan, sign by bearer", timed(plan_and_sign, named))


def through_the_proxy(count: int, seconds: float, rounds: int) -> None:
    """Requests a second with *count* other rules before the one that matches, against ten, turn by turn."""
    with tempfile.TemporaryDirectory(prefix="authwright-bench-") as made, contextlib.ExitStack() as stack:
        folder = Path(made)
        ca, certificate = place.authority(folder)
        origin = stack.enter_context(nginx.origin(folder, certificate))
        proxies = {}
        for others in (10, count):
            (folder / str(others)).mkdir()
            config = contestants.configuration(folder, origin.ports, ca, others)
            ground = contestants.Ground(folder / str(others), config, ca, origin.ports)
            proxies[others] = stack.enter_context(contestants.contestant("run", ground))
        rates: dict[int, list[float]] = {others: [] for others in proxies}
        for number in range(rounds):
            for others in sorted(proxies, reverse=number % 2 == 1):
                seen = generators.load(proxies[others].port, origin.ports, generators.Shape(), seconds)
                rates[others].append(seen["requests"] / seen["seconds"])
    for others, seen in rates.items():
        print(
            f"{others:6} rules: {median(seen):6.0f} req/s through the proxy (turns: {' '.join(f'{rate:.0f}' for rate in seen)})"
        )
    print(f"{count:6} rules: {median(rates[count]) / median(rates[10]):.3f} of the rate with 10")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=10_000, help="how many rules are many (10000)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a turn (2)")
    parser.add_argument("--rounds", type=int, default=5, help="turns (5)")
    asked = parser.parse_args()
    for count in (10, asked.rules):
        in_process(count)
    through_the_proxy(asked.rules, asked.seconds, asked.rounds)


if __name__ == "__main__":
    main()
