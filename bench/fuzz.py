"""Generated messages through the fast path's readers, compared with h11 and llhttp; the tests do the same with fewer.

Run: ``python bench/fuzz.py [--messages 100000] [--seed N]``; half of them are requests, half responses. Exit status 1 and the
smallest message found when one is read differently, lets something through that others refuse, or raises what it should not.
"""

from __future__ import annotations

import argparse
import collections
import secrets
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "addons")]

# ruff: noqa: E402 - the tests' room must be found first
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from tests.proxy.http1 import generated, readers
from tests.proxy.http1.agreement import agree_on_request, agree_on_response

_SHARE = 2000
"""Messages in one run of hypothesis: it remembers what it made, so many small runs are faster than a large one."""


def run(what: str, strategy: SearchStrategy, agree: Callable, read: Callable, count: int, first_seed: int) -> None:
    """Check *count* messages, and say how many of them were read and how many refused."""
    seen: collections.Counter[str] = collections.Counter()

    def check(message: generated.Generated) -> None:
        agree(message)
        try:
            read(message.pieces)
        except readers.Refused:
            seen["refused"] += 1
        else:
            seen["read"] += 1

    began = time.perf_counter()
    for number in range(0, count, _SHARE):
        bounded = settings(
            max_examples=min(_SHARE, count - number),
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        seed(first_seed + number)(bounded(given(strategy)(check)))()
    took = time.perf_counter() - began
    print(
        f"{what}: {sum(seen.values())} messages in {took:.0f} s, {seen['read']} read as others do, {seen['refused']} refused",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 30), help="repeats a run")
    asked = parser.parse_args()
    print(f"seed {asked.seed}")
    half = asked.messages // 2
    try:
        run("requests", generated.requests(), agree_on_request, readers.our_request, half, asked.seed)
        run(
            "responses",
            generated.responses(),
            agree_on_response,
            lambda pieces: readers.our_response(pieces, b"GET"),
            half,
            asked.seed,
        )
    except (AssertionError, ExceptionGroup) as error:
        print("".join(traceback.format_exception(error)))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
