"""``authwright tokens``: what the token store holds."""

from __future__ import annotations

import click

from ..verb import Everywhere, verb


@verb("tokens")
@click.argument("name", required=False)
@click.option("--reveal", is_flag=True, help="Show the tokens themselves.")
@click.option("--introspect", is_flag=True, help="Ask the authorization server what it knows of them (RFC 7662).")
@click.option("--watch", is_flag=True, help="Show them again whenever something changed, until Ctrl-C.")
def command(common: Everywhere, name: str | None, reveal: bool, introspect: bool, watch: bool) -> None:
    """List the stored tokens: all, or those of the credential NAME; with --env, those of an environment.

    The column "refresh" says whether a token can be refreshed (yes, no), is being refreshed (now), when that was cut off or
    failed, or that its refresh token has ended. -v shows what is in those that are JSON Web Tokens.
    """
    from ..token_listing import print_tokens, watch_tokens

    if watch and not introspect:
        watch_tokens(common, name, reveal=reveal)
    else:
        print_tokens(common, name, reveal=reveal, introspect=introspect)
