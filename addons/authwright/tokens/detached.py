"""Attempts in a process of their own, which outlives this one.

A server that rotates refresh tokens forgets the old one when it answers. If the process that asked is killed between the
answer and the save, the login is lost; so the process that asks does nothing else, has a session of its own that no
terminal and no parent can end, holds the lock until the token is saved, and ends by itself.

It learns what to do through a pipe, never through its arguments or its environment. One attempt at a time keeps both ends
simple: whoever needs a second one meanwhile starts a second process. An idle one stays for a minute, since starting one
costs a quarter of a second.
"""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import AuthwrightError, TransportError
from ..secret import Secret
from .attempt import Attempt, Outcome
from .key import Key
from .portable import dump, load

_IDLE: Final = 60.0
"""Seconds after which a process that has nothing to do is let go."""
_PATIENCE: Final = 120.0
"""Seconds; beyond every deadline of an attempt, so that one which takes longer was stopped."""
_PROGRAM: Final = "import sys; sys.path.append({path!r}); from authwright.refresher import main; sys.exit(main())"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a process needs once.

    Args:
        store: the database.
        key: the key of its values.
        upstream_ca: whom to trust beside the system's CAs.
    """

    store: Path
    key: Key
    upstream_ca: str | Secret | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How an attempt ended, the requests that were made for it, and what was not right."""

    outcome: Outcome | Attempt
    requests: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class CutOff(TransportError):
    """The process ended within an attempt: nobody knows what became of it."""

    code = "refresh_cut_off"


class Refresher:
    """One process, from this side. Its calls block.

    Args:
        ground: what it needs.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, ground: Ground) -> None:
        program = _PROGRAM.format(path=str(Path(__file__).parents[2]))
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and this package
            [sys.executable, "-P", "-c", program],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("AUTHWRIGHT_DEBUG") else subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._heard = b""
        with suppress(OSError):  # an ended process is noticed when it is asked
            self._tell(dump(ground))

    def run(self, attempt: Attempt) -> Report:
        """Have it run *attempt*.

        Raises:
            CutOff: it ended.
            AuthwrightError: ``store_busy``; it is stopped.
        """
        try:
            self._tell(dump(attempt))
            report = load(self._line())
        except (OSError, EOFError, ValueError):
            raise CutOff("The process that was refreshing the token ended.", hint="Try again") from None
        assert isinstance(report, Report)
        return report

    def close(self) -> None:
        """Let it go, and wait for its end."""
        for pipe in (self._to, self._from):
            with suppress(OSError):
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)

    def _tell(self, line: bytes) -> None:
        view = memoryview(line)
        while view:
            view = view[self._to.write(view) :]

    def _line(self) -> bytes:
        while b"\n" not in self._heard:
            if not select.select((self._from,), (), (), _PATIENCE)[0]:
                raise AuthwrightError(
                    "The process that is refreshing the token does not come to an end.",
                    code="store_busy",
                    hint=f"Look after process {self._process.pid}",
                )
            chunk = self._from.read(1 << 16)
            if not chunk:
                raise EOFError
            self._heard += chunk
        line, _, self._heard = self._heard.partition(b"\n")
        return line


class Detached:
    """Runs attempts in other processes: the idle one, else a new one.

    Args:
        ground: what each of them needs.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._threads = ThreadPoolExecutor(thread_name_prefix="refresher")
        self._idle: list[Refresher] = []
        self._letting_go: asyncio.TimerHandle | None = None

    async def run(self, attempt: Attempt, record: Callable[[str], None], warn: Callable[[str], None]) -> Outcome | Attempt:
        """How *attempt* ended; or the attempt to run here, where no process can be started.

        A process that was killed within it is followed by one more: the old refresh token is tried once, soon.
        """
        try:
            try:
                report = await self._ran(attempt)
            except CutOff:
                report = await self._ran(attempt)
        except OSError:
            return attempt
        for request in report.requests:
            record(request)
        for warning in report.warnings:
            warn(warning)
        return report.outcome

    async def close(self) -> None:
        """Let every process go."""
        if self._letting_go is not None:
            self._letting_go.cancel()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(self._in_thread(refresher.close) for refresher in idle))
        self._threads.shutdown(wait=False)

    async def _ran(self, attempt: Attempt) -> Report:
        refresher = self._idle.pop() if self._idle else await self._in_thread(lambda: Refresher(self._ground))
        try:
            report = await self._in_thread(lambda: refresher.run(attempt))
        except AuthwrightError:
            await self._in_thread(refresher.close)
            raise
        self._idle.append(refresher)
        self._let_go_later()
        return report

    async def _in_thread[T](self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _let_go_later(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._letting_go = asyncio.get_running_loop().call_later(_IDLE, self._let_go)

    def _let_go(self) -> None:
        idle, self._idle = self._idle, []
        for refresher in idle:
            self._threads.submit(refresher.close)
