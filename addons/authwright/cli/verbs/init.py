"""``authwright init``."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import click

from ...errors import AuthwrightError
from ..verb import Everywhere, verb


@verb("init")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def command(common: Everywhere, force: bool) -> None:
    """Write a commented authwright.yaml into the working directory, or to the file of --config."""
    from ...config import reach_at
    from ...config.start import START
    from ..trusting import consents

    path = common.config or Path("authwright.yaml")
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        file = os.open(path, flags, 0o644)
    except FileExistsError:
        hint = "look at it with authwright check, or replace it with authwright init --force"
        raise AuthwrightError(f"{path} is there already and stays as it is.", code="file_exists", hint=hint) from None
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(START)
    with suppress(AuthwrightError):  # then the first use asks
        consents().allow(path, reach_at(path))
    if not common.quiet:
        print(f"{path} written. Secrets belong elsewhere: ${{env:NAME}}, ${{keyring:service/user}}.", file=sys.stderr)
        print("Your own overlay may stand in authwright.local.yaml: keep it out of git.", file=sys.stderr)
        print(f"  next: edit {path}, then authwright check", file=sys.stderr)
