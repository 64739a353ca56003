"""``authwright refresh``."""

from __future__ import annotations

import json
import sys

import click

from ..verb import Everywhere, verb


@verb("refresh")
@click.argument("name")
def command(common: Everywhere, name: str) -> None:
    """Replace the stored token of the credential NAME by a new one."""
    from ...ambient import SystemAmbient
    from ..listing import when
    from ..obtaining import obtain

    environment, _kind, token = obtain(common, name, replace=True)
    if common.json:
        expires = token.expires_at.isoformat() if token.expires_at else None
        print(json.dumps({"name": name, "environment": environment or None, "expires_at": expires, "scope": token.scope}))
    elif not common.quiet:
        until = when(token.expires_at, SystemAmbient().now())
        print(f"{name} has a new token, good {until if token.expires_at is None else 'for ' + until[3:]}.", file=sys.stderr)
