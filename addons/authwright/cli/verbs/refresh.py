"""``authwright refresh``."""

from __future__ import annotations

import click

from ..verb import Everywhere, verb


@verb("refresh")
@click.argument("name")
def command(common: Everywhere, name: str) -> None:
    """Replace the stored token of the credential NAME by a new one."""
    from ..credential_token import replace_token

    replace_token(common, name)
