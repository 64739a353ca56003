"""``authwright logout``."""

from __future__ import annotations

import click

from ..verb import Everywhere, verb


@verb("logout")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, envvar="AUTHWRIGHT_ALL", help="Forget every stored token.")
@click.option("--revoke", is_flag=True, help="End them at the authorization server first (RFC 7009).")
def command(common: Everywhere, name: str | None, everything: bool, revoke: bool) -> None:
    """Forget the stored tokens of the credential NAME, in every environment or in that of --env.

    Without --revoke the authorization server is not told: a token that is forgotten here ends when it expires. With it, a
    token that the server does not end is kept.
    """
    from ..logout import forget_tokens

    if (name is None) is not everything:
        raise click.UsageError("Say which token to forget: NAME or --all.", click.get_current_context())
    forget_tokens(common, name, revoke=revoke)
