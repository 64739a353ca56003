"""``authwright token``: one token, for a script."""

from __future__ import annotations

import click

from ..verb import Everywhere, verb


@verb("token")
@click.argument("name")
def command(common: Everywhere, name: str) -> None:
    """Print the token of the credential NAME and nothing else, obtaining it when none is stored.

    With --json: {name, environment, token_type, token, expires_at, scope}.
    """
    from ..credential_token import print_token

    print_token(common, name)
