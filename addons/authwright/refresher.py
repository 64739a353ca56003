"""The process that refreshes a token and saves it, whatever becomes of the process that wanted it (see ``tokens.detached.detached``).

It reads attempts from its standard input, one a line, and ends when that ends. Signals meant for the process that started
it do not end it: it is never longer at work than a token request may take.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from typing import Final

from . import core_dumps
from .ambient import SystemAmbient
from .engine.driver import NOT_HERE, run_grant
from .errors import AuthwrightError
from .outbound.fetching import Fetcher
from .outbound.transport import HttpTransport
from .record.events import Asked
from .tokens.attempt import Attempt, Obtained, Outcome
from .tokens.backoff import Failure
from .tokens.detached.child import AttemptReport, RefresherSetup
from .tokens.flight import Flight, FlightMeans, Run
from .tokens.portable import dump, load
from .tokens.store import Record

_KEPT: Final = 600
"""Seconds for which a token that could not be saved is kept, and saving it tried again, when no other process has it."""


def main() -> int:
    """Run attempts until the other end is closed; the exit code."""
    core_dumps.forbid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ground = _read()
    if not isinstance(ground, RefresherSetup):
        return 1
    transport = HttpTransport(upstream_ca=ground.upstream_ca)
    fetcher = Fetcher(transport, SystemAmbient())
    with asyncio.Runner() as runner:
        while isinstance(attempt := _read(), Attempt):
            report = runner.run(_report(attempt, ground, fetcher))
            if not _told(report) and isinstance(report.outcome, Obtained) and report.outcome.unsaved is not None:
                _save_late(ground, report.outcome.unsaved)
        runner.run(transport.close())
    return 0


def _read() -> object:
    line = sys.stdin.buffer.readline()
    return load(line) if line.endswith(b"\n") else None


def _told(report: AttemptReport) -> bool:
    line = memoryview(dump(report))
    try:
        while line:
            line = line[os.write(sys.stdout.fileno(), line) :]
    except OSError:
        return False
    return True


async def _report(attempt: Attempt, ground: RefresherSetup, fetcher: Fetcher) -> AttemptReport:
    requests: list[Asked] = []
    warnings: list[str] = []
    outcome = await _outcome(attempt, ground, lambda flow: run_grant(fetcher, flow, requests.append), warnings.append)
    if isinstance(outcome, Failure) and outcome.error.code == NOT_HERE:
        return AttemptReport(replace(attempt, spent=outcome.presented), tuple(requests), tuple(warnings))
    return AttemptReport(outcome, tuple(requests), tuple(warnings))


async def _outcome(attempt: Attempt, ground: RefresherSetup, run: Run, warn: Callable[[str], None]) -> Outcome:
    ambient = SystemAmbient()
    try:
        with ThreadPoolExecutor(1) as threads, closing(ground.opening.open()) as store:
            return await Flight(FlightMeans(store, ambient, threads, warn), attempt, run).run()
    except AuthwrightError as error:
        return attempt.failed(error, ambient.now())


def _save_late(ground: RefresherSetup, record: Record) -> None:
    for _ in range(_KEPT):
        with suppress(AuthwrightError), closing(ground.opening.open()) as store:
            store.save(record)
            return
        time.sleep(1)
