"""``authwright run``."""

from __future__ import annotations

import re

import click

from ..verb import Everywhere, verb

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def _size(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,15}) ?(?:([kmg])(?:i?b)?)?", value.lower())
    if not match:
        raise click.BadParameter(f"{value!r} is not a size; write 16MiB.")
    return int(match[1]) * _UNITS[match[2] or ""]


@verb(
    "run",
    epilog="""\b
Point a client at it:
  export http_proxy=http://127.0.0.1:8080 https_proxy=http://127.0.0.1:8080
The password clients must give is never a flag: AUTHWRIGHT_PASSWORD, or settings.password.""",
)
@click.option("--listen", metavar="HOST:PORT", help="Where to listen (127.0.0.1:8080); port 0 takes a free one.")
@click.option("--mode", metavar="MODE", help="regular, reverse:URL, upstream:URL, socks5, as mitmproxy writes them.")
@click.option(
    "--engine", type=click.Choice(["auto", "stock"]), help="What moves HTTP/1.1: a fast layer of its own, or mitmproxy's (auto)."
)
@click.option("--inspect-all", is_flag=True, default=None, help="Open TLS also to hosts that no rule names.")
@click.option("--annotate", is_flag=True, default=None, help="Say in response headers which rule did what.")
@click.option("--upstream-ca", metavar="FILE", help="CAs to trust beside the system's, for origins and token endpoints.")
@click.option("--max-signed-body", metavar="SIZE", callback=_size, help="How much of a body a signature may cover (16MiB).")
@click.option("--workers", metavar="N", type=click.IntRange(1, 64), default=1, help="How many processes share the port (1).")
@click.option("--interactive", is_flag=True, help="Open a browser where a request needs someone to sign in; the request waits.")
def command(common: Everywhere, workers: int, interactive: bool, **given: str | int | None) -> int:
    """Run the proxy until it is stopped. SIGTERM lets requests in flight finish.

    A line for each request that a rule matched goes to stderr: time, method, host and path, rule, type, whether the
    credential was cached, fetched, signed or static, the milliseconds that took, and the status. -v adds what was changed,
    -q leaves only errors. With --json each is an object, on stdout; the first one says where the proxy listens.

    With --workers several processes share the port, the token store and this output; one that dies is replaced.
    """
    from ..serving import run

    if interactive and workers > 1:
        message = "--interactive is for one process: each of several would open a browser of its own."
        raise click.UsageError(message, click.get_current_context())
    settings = {name: value for name, value in given.items() if value is not None}
    return run(common, settings, workers, interactive=interactive)
