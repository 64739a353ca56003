"""Credentials that put the same header line on every request, known before the request comes.

A bearer token or a password does not depend on the request, and neither does a held token while it is held. Where the
scheme says so (``standing``), the carrier puts the finished line on a request without running the scheme's flow. That saves
time and changes nothing else: the request leaves with the same bytes, and the flow makes its trace when a listener looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...errors import AuthwrightError, RequestError
from ...flow.protocols import Grant, Scheme
from ...flow.token import Token
from ...message import Headers, Request, fold
from ...record.events import Event
from ...rules.policy import check_policy, existing
from ...rules.rule import Rule
from ...wire.head import check_head, lines_of
from ...wire.placement import in_header
from ..authorised import Move
from ..exchange import Exchange
from .late import LateExchange


@dataclass(frozen=True, slots=True)
class ReadyHeader:
    """The header line that a rule puts on requests.

    Args:
        line: the header field with its line end.
        folded: its name as lax servers compare it; the line replaces what the client sent under that name.
        occupying: the folded names of all headers that count as a credential of the client's own.
        replaces: whether the rule replaces such a credential.
        grant: the source of its token.
        token: that token.
    """

    line: bytes
    folded: str
    occupying: frozenset[str]
    replaces: bool
    grant: Grant | None = None
    token: Token | None = None

    def fits(self, folded: frozenset[str]) -> bool:
        """True when the line alone authorises a request whose headers have the names *folded*.

        The flow decides where the client sent a credential that the rule keeps or refuses, and where it sent one that is
        removed from another header than the line's.
        """
        return self.occupying.isdisjoint(folded) or (self.replaces and self.occupying & folded == {self.folded})


def ready_header(rule: Rule, request: Request, held: Callable[[Grant], Token | None]) -> ReadyHeader | None:
    """The line that *rule* puts on requests like *request*.

    Args:
        rule: the rule that matched.
        request: a request without headers. It stands for all that agree with it in what ``rules.policy.READS`` names.
        held: gives the token in memory.

    Returns:
        The line; ``None`` when a flow must decide.
    """
    credential = rule.credential
    if credential is None or not credential.ready:
        return None
    scheme: Scheme = credential.scheme()
    found = scheme.standing(held)
    if found is None or any(place.where != "header" for place in scheme.places):
        return None
    bare = request.with_headers(Headers())
    placed = in_header(bare, found.name, found.prefix, found.secret.reveal())
    try:
        check_policy(rule, bare)
        check_head(placed)
    except AuthwrightError:
        return None  # the flow tells each request why
    folded = fold(found.name)
    occupying = frozenset((folded, *(fold(place.name) for place in scheme.places)))
    grant = None if found.token is None else scheme.grant
    return ReadyHeader(lines_of(placed.headers.fields), folded, occupying, _replaces(rule, scheme, placed), grant, found.token)


def _replaces(rule: Rule, scheme: Scheme, occupied: Request) -> bool:
    try:
        return existing(rule, scheme, occupied) != "keep"
    except RequestError:
        return False


class FixedHeader(LateExchange):
    """A request that leaves with a ready line.

    Args:
        lines: all its header lines, the ready one among them.
        ready: the ready line. Where it holds a token, the request may be sent again with another one.
        begin: begins the exchange that takes over when the origin rejects the token.
        came: when the request came; ``None`` where no listener wants to know.
    """

    __slots__ = ("_begins", "_lines", "replays")

    def __init__(self, lines: bytes, ready: ReadyHeader, begin: Callable[[], Exchange], came: datetime | None) -> None:
        super().__init__(came)
        self._lines = lines
        self._begins = begin
        self.replays = ready.grant is not None

    def start(self) -> Move:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return self._lines

    def with_body(self, body: bytes) -> Move:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return self.exchange.with_body(body)

    def expects(self, status: int) -> bool:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return status >= 400 and self.replays if self._exchange is None else self._exchange.expects(status)

    def events_for(self, refusal: AuthwrightError | None) -> Sequence[Event] | None:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return self._events() if refusal is None or self._exchange is not None else None

    def _begin(self) -> Exchange:
        return self._begins()
