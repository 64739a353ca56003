"""Many proxies on one store, whose token ends again and again: how many token requests, and was a refresh token shown twice?

Usage: python bench/expiries.py [--processes 16] [--expiries 50]    (under two minutes on an idle machine)
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "addons")]

from tests.live import many_requests  # noqa: E402 - found through the lines above
from tests.live.login import Login  # noqa: E402 - the tests' room must be found first
from tests.live.rotating import RotatingServer, Rotation  # noqa: E402 - the tests' room must be found first

LIFETIME = 0.5
"""Seconds that a token is good for."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--expiries", type=int, default=50)
    given = parser.parse_args()
    rotation = Rotation(lifetime=LIFETIME)
    with tempfile.TemporaryDirectory(prefix="authwright-expiries-") as folder, RotatingServer(rotation) as server:
        login = Login(Path(folder), rotation, server.address)
        with many_requests.proxies(given.processes, login, Path(folder)) as addresses:
            statuses = asyncio.run(many_requests.until_asked(given.expiries, login, addresses, patience=3600))
    gaps = many_requests.gaps(rotation.times)
    print(f"{given.processes} proxies: {rotation.requests} token requests, {rotation.reused} refused as used before")
    print(f"answers to clients: {dict(statuses)}")
    print(f"tokens of {LIFETIME} s were replaced after {min(gaps):.2f} s at the earliest")
    return 1 if rotation.reused or set(statuses) != {200} or min(gaps) < 0.9 * LIFETIME else 0


if __name__ == "__main__":
    sys.exit(main())
