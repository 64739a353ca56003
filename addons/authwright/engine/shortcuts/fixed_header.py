"""Credentials that stand: the same header field on every request, known before the request comes.

A bearer token or a password is no different for the next request, and neither is a held token while it is held. So
where a rule's scheme says so (``standing``), whoever moves bytes may put the finished line on a request without running
the scheme's flow. What that saves is time and nothing else: the request leaves with the same bytes, and its trace is
made by the flow itself, when somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...errors import AuthwrightError
from ...flow.protocols import Grant, Scheme
from ...flow.token import Token
from ...message import Request, fold
from ...octets import bytes_of
from ...origin import Origin
from ...rules.policy import check_policy
from ...rules.ruleset import Plan
from ...wire.head import check_head
from ...wire.placement import in_header


@dataclass(frozen=True, slots=True)
class Ready:
    """A standing credential for one rule and origin, as a line.

    Args:
        line: the header field with its line end.
        folded: its name as lax servers compare it: what the client sent under it is replaced.
        grant: what its token comes from.
        token: that token.
    """

    line: bytes
    folded: str
    grant: Grant | None = None
    token: Token | None = None


def ready(plan: Plan, origin: Origin, held: Callable[[Grant], Token | None]) -> Ready | None:
    """The line that *plan* puts on every request to *origin* which no web page made; ``None`` when a flow must say.

    Args:
        plan: what the rules say of the request.
        origin: where it goes.
        held: the token in memory.
    """
    credential = plan.rule.credential
    if credential is None or not credential.ready or plan.rule.options.on_existing == "refuse":
        return None
    scheme: Scheme = credential.scheme()
    found = scheme.standing(held)
    if found is None:
        return None
    bare = Request("GET", origin, "/")
    placed = in_header(bare, found.name, found.prefix, found.secret.reveal())
    try:
        check_policy(plan.rule, bare)
        check_head(placed)
    except AuthwrightError:
        return None  # the flow says why, to each request
    ((name, value),) = placed.headers.fields
    line = bytes_of(f"{name}: {value}\r\n")
    return Ready(line, fold(name), None if found.token is None else scheme.grant, found.token)
