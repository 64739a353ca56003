"""``authwright init``."""

from __future__ import annotations

import click

from ..verb import Everywhere, verb


@verb("init")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def command(common: Everywhere, force: bool) -> None:
    """Write a commented authwright.yaml into the working directory, or to the file of --config."""
    from ..first_file import write_first_file

    write_first_file(common, replace=force)
