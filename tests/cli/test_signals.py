"""Signals for us are a child's; those that end a proxy do so once."""

import subprocess
import sys
from pathlib import Path

SIGNALLED = """
import asyncio, os, signal, sys
from authwright.cli.signals import passed_on
async def main():
    got = asyncio.Queue()
    with passed_on(got.put_nowait):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(os.getpid(), number)
            print(signal.Signals(await got.get()).name)
asyncio.run(main())
"""


def test_signals_from_another_process_are_passed_on():
    addons = Path(__file__).parents[2] / "addons"
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED],
        env={"PYTHONPATH": str(addons)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        start_new_session=True,
    )
    assert (done.stdout.split(), done.stderr) == (["SIGTERM", "SIGINT", "SIGHUP"], "")
