"""``authwright token``: one token, for a script."""

from __future__ import annotations

import json

import click

from ..verb import Everywhere, verb


@verb("token")
@click.argument("name")
def command(common: Everywhere, name: str) -> None:
    """Print the token of the credential NAME and nothing else, obtaining it when none is stored.

    With --json: {name, environment, token_type, token, expires_at, scope}.
    """
    from ..obtaining import obtain

    environment, kind, token = obtain(common, name, replace=False)
    value = token.id_token if kind == "id_token" and token.id_token else token.access_token
    if common.json:
        about = {"name": name, "environment": environment or None, "token_type": token.token_type, "token": value.reveal()}
        expires = token.expires_at.isoformat() if token.expires_at else None
        print(json.dumps({**about, "expires_at": expires, "scope": token.scope}, indent=2))
    else:
        print(value.reveal())
