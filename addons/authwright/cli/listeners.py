"""The listeners of a running proxy: a line on stderr or an object on stdout for each exchange."""

from __future__ import annotations

import sys

from ..ambient import SystemAmbient
from ..record.queued import Queued
from ..record.recorder import Level, Listener, TraceListener
from ..record.trace import Trace
from .colour import coloured, painter
from .log import lines, to_object
from .output import notice, print_json, write
from .verb import Everywhere


def lines_on_stderr(common: Everywhere, level: Level) -> Listener:
    """Prints a line on stderr for each request, or with :attr:`Level.NOTHING` only for those that failed."""
    paint = painter(coloured(common, sys.stderr))
    clock = SystemAmbient()

    def tell(trace: Trace) -> None:
        for line in lines(trace, clock.now(), changes=common.verbose > 0 or bool(trace.error), paint=paint):
            write(sys.stderr, line)

    return Queued(TraceListener(tell, level, _tell_lost))


def objects_on_stdout(common: Everywhere, level: Level) -> Listener:
    """Prints an object on stdout for each request, or with :attr:`Level.NOTHING` only for those that failed."""
    clock = SystemAmbient()

    def tell(trace: Trace) -> None:
        print_json(to_object(trace, clock.now(), changes=common.verbose > 0))

    return Queued(TraceListener(tell, level, _tell_lost))


def _tell_lost(count: int) -> None:
    notice(f"{count} request{'s' * (count != 1)} could not be logged: the output is not read fast enough.")
