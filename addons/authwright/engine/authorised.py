"""The one question a carrier asks of every request: how was it authorised.

A carrier moves the bytes of one request. It asks what leaves, shows the origin's answers where they matter, and sends what
comes next. Four kinds of value answer:

``Bare``          no rule applies: the request leaves as the client sent it
``FixedHeader``   the credential is the same header line on every request (``shortcuts/fixed_header.py``)
``SignedHead``    the head was seen before; body and time alone are signed anew (``shortcuts/signed_head.py``)
``Exchange``      the scheme's flow decides (``exchange.py``)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

from ..errors import AuthwrightError
from ..message import Headers, Request, Response
from ..record.events import Event

type Departure = Request | bytes
"""A departure: a whole request, or the request's header lines where nothing else differs from what the client sent."""
type Move = Departure | Literal["waiting", "body"] | None
"""The next step: a departure, ``WAITING``, ``BODY``, or ``None`` when the last response is the client's."""


class ResponseOutline(Protocol):
    """The head of an origin's response. ``headers`` may be computed when it is read."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Headers:
        """The header fields."""


class Authorised(Protocol):
    """How one request was authorised."""

    @property
    def replays(self) -> bool:
        """True when the request may be sent again, so that a small body is kept."""

    @property
    def request(self) -> Request:
        """The client's request; asked for only after a move was a request."""

    def start(self) -> Move:
        """Authorise the request as far as that needs no waiting."""

    def with_body(self, body: bytes) -> Move:
        """Go on with the *body* that the move ``BODY`` asked for."""

    def expects(self, status: int) -> bool:
        """True when a response of this *status* is shown to :meth:`answer` before the client sees any of it."""

    def answer(self, response: Response, *, replayable: bool = True) -> Move:
        """Go on after the origin's *response*; *replayable* says whether the request's body can be sent again."""

    def delivered(self, response: ResponseOutline, at: datetime | None) -> None:
        """Note that *response* goes to the client without having been shown to :meth:`answer`.

        Args:
            response: its head.
            at: when it came; ``None`` where no listener wants to know.
        """

    async def wait(self) -> Move:
        """Do what the move ``WAITING`` waits for, and go on."""

    def events_for(self, refusal: AuthwrightError | None) -> Sequence[Event] | None:
        """The trace of the request, which *refusal* may have ended; ``None`` where only the carrier can make it."""

    def close(self) -> None:
        """End it; nothing more is sent."""


class Bare:
    """A request that leaves as it came.

    Args:
        lines: its header lines.
        tell: makes its events when a listener wants them, from the response that the client got, if any, and when that came.
    """

    __slots__ = ("_at", "_lines", "_response", "_tell")
    replays = False

    def __init__(self, lines: bytes, tell: Callable[[ResponseOutline | None, datetime | None], Sequence[Event]]) -> None:
        self._lines = lines
        self._tell = tell
        self._response: ResponseOutline | None = None
        self._at: datetime | None = None

    @property
    def request(self) -> Request:
        """See :class:`Authorised`; no move of a bare request is a request."""
        raise NotImplementedError

    def start(self) -> Move:
        """See :class:`Authorised`."""
        return self._lines

    def with_body(self, body: bytes) -> Move:
        """See :class:`Authorised`."""
        raise NotImplementedError

    def expects(self, status: int) -> bool:  # noqa: ARG002 - no response matters
        """See :class:`Authorised`."""
        return False

    def answer(self, response: Response, *, replayable: bool = True) -> Move:
        """See :class:`Authorised`."""
        raise NotImplementedError

    def delivered(self, response: ResponseOutline, at: datetime | None) -> None:
        """See :class:`Authorised`."""
        self._response, self._at = response, at

    async def wait(self) -> Move:
        """See :class:`Authorised`."""
        raise NotImplementedError

    def events_for(self, refusal: AuthwrightError | None) -> Sequence[Event] | None:  # noqa: ARG002 - it ends the events
        """See :class:`Authorised`."""
        return self._tell(self._response, self._at)

    def close(self) -> None:
        """See :class:`Authorised`."""
