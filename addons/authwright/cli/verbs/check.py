"""``authwright check``."""

from __future__ import annotations

from pathlib import Path

import click

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
    from ..ca_ending import warn_of_ca
    from ..configuration_check import check

    warn_of_ca(common)
    return check(common, file, strict=strict)
