"""``authwright check``: every problem of a configuration at once."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from ..config import inspect
from ..config.problems import render, to_json
from ..error_codes import CONFIGURATION
from ..sources.reader import Unread
from ..terminal import visible
from .colour import coloured
from .configuration import find_file
from .output import print_json
from .verb import Everywhere


def check(common: Everywhere, file: Path | None, *, strict: bool) -> int:
    """Print the problems of a configuration; the exit code, which says whether it can be used.

    Args:
        common: the flags that stand everywhere.
        file: the configuration; ``None`` for the one that every verb finds.
        strict: whether warnings count as errors.

    Raises:
        AuthwrightError: there is no file.
    """
    path = find_file(replace(common, config=file or common.config))
    rules, problems = inspect(path, common.env, sources=Unread(os.environ))
    ok = rules is not None and not any(one.severity == "error" or strict for one in problems)
    counts = (len(rules.rules), len(rules.credentials)) if rules else (0, 0)
    environment = rules.environment if rules else common.env or ""
    if common.json:
        found = {"rules": counts[0], "credentials": counts[1], "problems": to_json(problems)}
        print_json({"ok": ok, "file": str(path), "environment": environment or None, **found}, indent=2)
    else:
        shown = [one for one in problems if one.severity == "error" or strict or not common.quiet]
        print(render(shown, coloured(common, sys.stdout)), end="")
        if ok and not common.quiet:
            verdict = "is fine" if not shown else "can be used"
            about = ", ".join(filter(None, (_many(counts[0], "rule"), _many(counts[1], "credential"), _named(environment))))
            print(visible(f"{path.name} {verdict}: {about}"))
    return 0 if ok else CONFIGURATION


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _named(environment: str) -> str:
    return f"environment {environment}" if environment else ""
