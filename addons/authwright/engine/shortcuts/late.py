"""The exchange of a request that left without one: begun when the scheme has something to do after all."""

from __future__ import annotations

from collections.abc import Callable

from ...message import Request, Response
from ...record.trace import Trace
from ..authorised import Answered, Move
from ..exchange import Exchange


class LateExchange:
    """An exchange that is begun when it is needed, and then goes on as if the request had begun with it.

    Args:
        begin: begins the exchange; it is called once at most.
    """

    __slots__ = ("_begin", "_exchange", "_status")

    def __init__(self, begin: Callable[[], Exchange]) -> None:
        self._begin = begin
        self._exchange: Exchange | None = None
        self._status = 0

    @property
    def begun(self) -> Exchange | None:
        """The exchange, once it has begun."""
        return self._exchange

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

    def trace(self) -> Trace:
        """The trace; the flow makes it now where the request left without an exchange."""
        if self._exchange is not None:
            return self._exchange.trace
        trace = self.exchange.trace
        self.exchange.close()
        trace.statuses += [self._status] if self._status else []
        return trace

    def close(self) -> None:
        """See :class:`~authwright.engine.authorised.Authorised`."""
        if self._exchange is not None:
            self._exchange.close()
