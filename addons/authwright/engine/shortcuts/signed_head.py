"""Signatures for requests with a head that the proxy has seen before: only body and time are signed anew.

A client sends the same head again and again. Where the scheme says so (``stamp``), the carrier signs the next request with
that head without running the scheme's flow. That saves time and the flow's notes, so the carrier does it only when no
listener looks. When one has to look after all, the flow makes the notes again for the same body and time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from ...errors import AuthwrightError
from ...flow.protocols import Remembering, Scheme, Stamp
from ...message import Headers, Request
from ...record.events import Event
from ...rules.policy import is_preflight
from ...rules.rule import Rule
from ...wire.head import check_head, lines_of
from ..admission import admit
from ..authorised import Move
from ..exchange import BODY, Exchange
from .late import LateExchange


class ReadyStamp(NamedTuple):
    """The signer of requests with one head.

    Args:
        stamp: gives the header lines that depend on body and time.
        lines: the lines that stay of the client's head.
    """

    stamp: Stamp
    lines: bytes


def ready_stamp(rule: Rule, request: Request, ambient: Callable[[Scheme], Remembering]) -> ReadyStamp | None:
    """Prepare the stamp for every request with *request*'s head under *rule*.

    Args:
        rule: the rule that matches it.
        request: one of them, whole.
        ambient: gives the rule's scheme time, chance and memory.

    Returns:
        The stamp; ``None`` when a flow must decide.
    """
    credential = rule.credential
    if credential is None or not credential.ready or is_preflight(request):
        return None
    scheme: Scheme = credential.scheme()
    try:
        admitted = admit(rule, scheme, request)
        stamp = None if admitted is None or admitted.target != request.target else scheme.stamp(admitted, ambient(scheme))
        if stamp is None:
            return None
        fields = stamp.fields(request.body, ambient(scheme).now())
        check_head(request.with_headers(Headers((*stamp.headers.fields, *fields))))
    except AuthwrightError:
        return None  # the flow tells each request why
    return ReadyStamp(stamp, lines_of(stamp.headers.fields))


class SignedHead(LateExchange):
    """A request that leaves signed by a stamp.

    Args:
        ready: the stamp.
        now: the clock.
        begin: begins the exchange that takes over when the origin rejects the signature; it is given body and time. The carrier
            signs in this way where no listener wants to know when the request came, so the signature's time stands for that.
        has_body: whether the body must be there first.
    """

    __slots__ = ("_begins", "_body", "_has_body", "_now", "_ready", "_signed_at")
    replays = True

    def __init__(
        self, ready: ReadyStamp, now: Callable[[], datetime], begin: Callable[[bytes, datetime], Exchange], *, has_body: bool
    ) -> None:
        super().__init__(None)
        self._ready = ready
        self._now = now
        self._begins = begin
        self._has_body = has_body
        self._body = b""
        self._signed_at: datetime | None = None

    def start(self) -> Move:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return BODY if self._has_body else self._sign(b"")

    def with_body(self, body: bytes) -> Move:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return self._sign(body) if self._signed_at is None else self.exchange.with_body(body)

    def expects(self, status: int) -> bool:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return status >= 400 if self._exchange is None else self._exchange.expects(status)

    def events_for(self, refusal: AuthwrightError | None) -> Sequence[Event] | None:  # noqa: ARG002 - a signature was made, whatever came of it
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return None if self._signed_at is None else self._events()

    def _sign(self, body: bytes) -> bytes:
        now = self._now()
        lines = self._ready.lines + lines_of(self._ready.stamp.fields(body, now))
        self._body, self._signed_at = body, now
        return lines

    def _begin(self) -> Exchange:
        assert self._signed_at is not None
        return self._begins(self._body, self._signed_at)
