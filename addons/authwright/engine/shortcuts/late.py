"""A request that left without an exchange: one begins when the scheme has something to do after all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...message import Request, Response
from ...record.events import Event
from ..authorised import Move, ResponseOutline
from ..exchange import Exchange


class LateExchange:
    """How a request is authorised whose exchange begins late, and then goes on as if the request had begun with it.

    Subclasses say what leaves, and begin the exchange (``_begin``).

    Args:
        came: when the request came; ``None`` where no listener wants to know.
    """

    __slots__ = ("_answered_at", "_came", "_exchange", "_response")

    def __init__(self, came: datetime | None) -> None:
        self._came = came
        self._exchange: Exchange | None = None
        """The exchange, once it has begun."""
        self._response: ResponseOutline | None = None
        self._answered_at: datetime | None = None

    @property
    def exchange(self) -> Exchange:
        """The exchange; it begins now unless it has."""
        if self._exchange is None:
            self._exchange = self._begin()
            self._exchange.start(self._came)
        return self._exchange

    @property
    def request(self) -> Request:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return self.exchange.request

    def answer(self, response: Response, *, replayable: bool = True) -> Move:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return self.exchange.answer(response, replayable=replayable)

    def delivered(self, response: ResponseOutline, at: datetime | None) -> None:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        self._response, self._answered_at = response, at
        if self._exchange is not None:
            self._exchange.delivered(response, at)

    async def wait(self) -> Move:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return await self.exchange.wait()

    def close(self) -> None:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        if self._exchange is not None:
            self._exchange.close()

    def _begin(self) -> Exchange:
        raise NotImplementedError

    def _events(self) -> Sequence[Event]:
        """The events; the flow makes them now where the request left without an exchange."""
        if self._exchange is not None:
            return self._exchange.hand_on()
        exchange = self.exchange
        exchange.close()
        if self._response is not None:
            exchange.saw(self._response, self._answered_at)
        return exchange.hand_on()
