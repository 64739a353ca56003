"""``authwright ca``."""

from __future__ import annotations

import click

from ..output import print_json, say
from ..verb import Everywhere, verb


def _action(ctx: click.Context, _param: click.Parameter, word: str) -> str:
    if word != "renew":
        raise click.UsageError(f"There is no ca {word!r}. The only one is: authwright ca renew", ctx)
    return word


@verb("ca")
@click.argument("action", metavar="renew", callback=_action)
@click.option("--only", metavar="HOST", multiple=True, help="Let it sign for HOST and the names below it alone; repeatable.")
def command(common: Everywhere, action: str, only: tuple[str, ...]) -> None:  # noqa: ARG001 - there is one
    """Make a new certificate authority for the proxy. The old one is kept in a folder beside it.

    A CA is good for two years; check, run and exec say so 90 days before its end. A proxy that runs takes the new one when
    it is started again, and clients that trusted the old one must be told of the new one. What exec starts needs nothing.

    With --json: {certificate, ends, before}.
    """
    from ...ambient import SystemAmbient
    from ...home import home_dir
    from ...proxy.server import ca

    made = ca.renew(home_dir(), SystemAmbient().now(), only)
    if common.json:
        before = None if made.before is None else str(made.before)
        ends = made.ends.isoformat()
        print_json({"certificate": str(made.certificate), "ends": ends, "before": before}, indent=2)
    elif not common.quiet:
        say(f"{made.certificate} is the certificate of the new CA, good until {made.ends:%Y-%m-%d}.")
        if made.before is not None:
            say(f"  the old one is kept in {made.before}; delete it when no client needs it")
        say("  next: restart authwright run, and let clients trust the new certificate instead of the old one")
