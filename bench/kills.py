"""Kill -9 in the middle of refreshing, against a server that rotates refresh tokens: nothing may be lost, nothing corrupt.

Usage: python bench/kills.py [--kills 1000] [--victim proxy|any] [--server strict|first_use]    (a second a kill)
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "addons")]

from tests.live import kills  # noqa: E402 - found through the lines above


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--victim", choices=["proxy", "any"], default="proxy", help="any: the proxy, a command, a refresher")
    parser.add_argument("--server", choices=["strict", "first_use"], default="strict", help="when it forgets the old token")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="authwright-kills-") as folder:
        found = kills.run(given.kills, given.victim, given.server, Path(folder), lambda line: print(line, flush=True))
    print(f"{given.server} server, victim {given.victim}: {found} in {time.monotonic() - began:.0f} s")
    return 1 if found["lost"] or found["corrupt"] else 0


if __name__ == "__main__":
    sys.exit(main())
