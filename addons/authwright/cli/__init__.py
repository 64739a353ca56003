"""The command line: ``authwright VERB``. One file a verb; what all of them share is in ``verb``, ``terminal`` and ``failure``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Args:
        arguments: what stands after the program's name; ``sys.argv`` when not given.
    """
    from ..core_dumps import forbid
    from .entry import run

    forbid()
    code = run(list(sys.argv[1:] if arguments is None else arguments))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or 1
    sys.exit(code)
