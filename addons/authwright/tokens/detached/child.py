"""One process that spends refresh tokens, from the side of the process that started it: two pipes, a line for each attempt.

It learns what to do through a pipe, never through its arguments or its environment, and inherits no sockets. It has a
session of its own, so that neither a terminal nor the end of its parent ends it.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...errors import AuthwrightError, TransportError
from ...record.events import Asked
from ...secret import Secret
from ..attempt import Attempt, Outcome
from ..portable import dump, load
from ..stores.opening import Opening

_PATIENCE: Final = 120.0
"""Seconds; beyond every deadline of an attempt, so that one which takes longer was stopped."""
_PROGRAM: Final = "import sys; sys.path.append({path!r}); from authwright.refresher import main; sys.exit(main())"


@dataclass(frozen=True, slots=True)
class RefresherSetup:
    """The first line to a process: its setup.

    Args:
        opening: how it opens the token store.
        upstream_ca: whom to trust beside the system's CAs.
    """

    opening: Opening
    upstream_ca: str | Secret | None = None


@dataclass(frozen=True, slots=True)
class AttemptReport:
    """How an attempt ended, the requests that were made for it, and what was not right."""

    outcome: Outcome | Attempt
    requests: tuple[Asked, ...] = ()
    warnings: tuple[str, ...] = ()


class CutOff(TransportError):
    """The process ended within an attempt: its outcome is unknown."""

    code = "refresh_cut_off"


class Refresher:
    """One process, from this side. Its calls block.

    Args:
        ground: what it needs.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, ground: RefresherSetup) -> None:
        if getattr(sys, "frozen", False):
            raise OSError("this program has no interpreter of its own to start")
        program = _PROGRAM.format(path=str(Path(__file__).parents[3]))
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

    def run(self, attempt: Attempt) -> AttemptReport:
        """Have it run *attempt*.

        Raises:
            CutOff: it ended.
            AuthwrightError: ``store_busy``; it is stopped.
        """
        try:
            self._tell(dump(attempt))
            report = load(self._line())
        except (OSError, EOFError, ValueError):
            raise CutOff(
                "The process that was refreshing the token ended.", hint="Try again; AUTHWRIGHT_DEBUG=1 shows what it says"
            ) from None
        assert isinstance(report, AttemptReport)
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
