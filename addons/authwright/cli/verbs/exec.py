"""``authwright exec``."""

from __future__ import annotations

import click

from ..verb import Everywhere, verb


@verb(
    "exec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="[OPTIONS] [--]",
    epilog="""\b
Examples:
  authwright exec -- curl https://api.github.com/user
  authwright exec --env prod -- python import_orders.py
  authwright exec -- env no_proxy=files.example.com make deploy       with an exception""",
)
@click.option(
    "--engine", type=click.Choice(["auto", "stock"]), help="What moves HTTP/1.1: a fast layer of its own, or mitmproxy's (auto)."
)
@click.option("--interactive", is_flag=True, help="Open a browser where a request needs someone to sign in; the request waits.")
@click.argument("argv", nargs=-1, required=True, metavar="CMD...", type=click.UNPROCESSED)
def command(common: Everywhere, argv: tuple[str, ...], engine: str | None, interactive: bool) -> int:
    """Run CMD behind a proxy of its own: a random port, a random password, and a CA that only CMD is told of.

    CMD finds the usual proxy and CA variables set for curl, wget, git, Python, Node, npm, Go, cargo, Java, gcloud and others;
    no_proxy is emptied. The exit code is CMD's, 128+N when signal N ended it, 127 when there is no such command, 126 when
    it cannot be run, and 125 when the proxy could not start. -v prints a line for each request to stderr.
    """
    from ..child_process import run

    return run(common, argv, {} if engine is None else {"engine": engine}, interactive=interactive and not common.no_input)
