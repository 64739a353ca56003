"""A request that left without an exchange: one begins when the scheme has something to do after all."""

from __future__ import annotations

from ...message import Request, Response
from ...record.trace import Trace
from ..authorised import Answered, Move
from ..exchange import Exchange


class LateExchange:
    """How a request is authorised whose exchange begins late, and then goes on as if the request had begun with it.

    Subclasses say what leaves, and begin the exchange (``_begin``).
    """

    __slots__ = ("_exchange", "_status")

    def __init__(self) -> None:
        self._exchange: Exchange | None = None
        """The exchange, once it has begun."""
        self._status = 0

    @property
    def exchange(self) -> Exchange:
        """The exchange; it begins now unless it has."""
        if self._exchange is None:
            self._exchange = self._begin()
            self._exchange.start()
        return self._exchange

    @property
    def request(self) -> Request:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return self.exchange.request

    def answer(self, response: Response, *, replayable: bool = True) -> Move:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return self.exchange.answer(response, replayable=replayable)

    def delivered(self, response: Answered) -> None:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        self._status = response.status
        if self._exchange is not None:
            self._exchange.delivered(response)

    async def wait(self) -> Move:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        return await self.exchange.wait()

    def close(self) -> None:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        if self._exchange is not None:
            self._exchange.close()

    def _begin(self) -> Exchange:
        raise NotImplementedError

    def _trace(self) -> Trace:
        """The trace; the flow makes it now where the request left without an exchange."""
        if self._exchange is not None:
            return self._exchange.trace
        trace = self.exchange.trace
        self.exchange.close()
        trace.statuses += [self._status] if self._status else []
        return trace
