"""``authwright login``."""

from __future__ import annotations

import click

from ..verb import Everywhere, verb


@verb(
    "login",
    epilog="""\b
Examples:
  authwright login box                 a browser opens; sign in there
  authwright login box --no-browser    on a machine without one: open the printed address elsewhere
  authwright login box --device        enter a code with any device""",
)
@click.argument("name")
@click.option("--device", is_flag=True, help="Sign in with another device, by a code.")
@click.option("--no-browser", is_flag=True, help="Print the address to open, and take the one that the browser ends at.")
@click.option(
    "--timeout", metavar="SECONDS", type=click.IntRange(1, 3600), default=300, help="How long to wait for the browser (300)."
)
def command(common: Everywhere, name: str, device: bool, no_browser: bool, timeout: int) -> None:
    """Sign in for the credential NAME, in place of the user who is signed in.

    The token is kept, and renewed without you for as long as the authorization server allows.
    With --json: {name, environment, grant, expires_at, refresh_token, scope}.
    """
    from ..sign_in import sign_in

    sign_in(common, name, device=device, browser=not (no_browser or device), patience=float(timeout))
