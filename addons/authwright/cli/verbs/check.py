"""``authwright check``."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from ..failure import CONFIGURATION
from ..terminal import coloured
from ..verb import Everywhere, verb


@verb("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
def command(common: Everywhere, file: Path | None, strict: bool) -> int:
    """Check the configuration: syntax, names, reachability, secrets. Finds every problem at once.

    No file that ${file:…} names is read, no command run and no keyring asked: only that they are there is looked at.
    The exit code is 0 when the file is fine, and 3 when it is not. With --json: {ok, file, environment, rules,
    credentials, problems: [{file, line, column, length, severity, code, message, hint}]}.
    """
    from ...config import inspect
    from ...config.problems import render, to_json
    from ...sources.reader import Unread
    from ..configuration import find_file

    path = find_file(replace(common, config=file or common.config))
    rules, problems = inspect(path, common.env, sources=Unread(os.environ))
    ok = rules is not None and not any(one.severity == "error" or strict for one in problems)
    counts = (len(rules.rules), len(rules.credentials)) if rules else (0, 0)
    environment = rules.environment if rules else common.env or ""
    if common.json:
        found = {"rules": counts[0], "credentials": counts[1], "problems": to_json(problems)}
        print(
            json.dumps({"ok": ok, "file": str(path), "environment": environment or None, **found}, indent=2, ensure_ascii=False)
        )
    else:
        shown = [one for one in problems if one.severity == "error" or strict or not common.quiet]
        print(render(shown, coloured(common, sys.stdout)), end="")
        if ok and not common.quiet:
            verdict = "is fine" if not shown else "can be used"
            about = ", ".join(filter(None, (_many(counts[0], "rule"), _many(counts[1], "credential"), _named(environment))))
            print(f"{path.name} {verdict}: {about}")
    return 0 if ok else CONFIGURATION


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _named(environment: str) -> str:
    return f"environment {environment}" if environment else ""
