"""``authwright demo``: servers, the proxy and a client that knows nothing of authentication, all on loopback."""

from __future__ import annotations

from ..verb import Everywhere, verb


@verb("demo")
def command(common: Everywhere) -> int:
    """Show it all on loopback: an authorization server, an API, the proxy, real requests, and what was injected.

    Needs no configuration and no network, and leaves nothing behind. The exit code is 0 when everything was as expected.
    With --json: a list of {section, request, rule, type, sent, about, status, expected, ok}.
    """
    from ..demo_output import demonstrate

    return demonstrate(common)
