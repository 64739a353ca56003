"""What the origin answers, until it is the client's: challenges answered, connections that went stale replaced."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from mitmproxy.proxy import commands

from ...errors import RemoteError
from ...message import Response
from ..stock import stream
from . import sending
from .client import Script
from .framing import body_of_response, fed
from .head import LONGEST, ResponseHead, read_response
from .upstream import Upstream

if TYPE_CHECKING:
    from .turn import Turn

_SAFE: Final = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE"))
"""What may be sent again when nobody knows whether it was received (RFC 9110 section 9.2.1)."""


def answer(turn: Turn) -> Script[ResponseHead]:
    """The head of the response that the client gets."""
    while True:
        response = yield from _response_head(turn)
        turn.response = response
        if turn.came is not None:
            turn.answered_at = turn.layer.conduct.house.engine.ambient.now()
        exchange = turn.exchange
        if exchange is None and response.status >= 400 and _goes_on(turn):
            exchange = sending.exchange_of(turn)
        if exchange is None or not (turn.probing or exchange.expects(response.status)):
            return response
        turn.shown = True
        value = Response(response.status, response.headers)
        replayable = turn.probing or (turn.body is None and not turn.past)
        step = yield from sending.resolved(turn, sending.taken(partial(exchange.answer, value, replayable=replayable)))
        if step is None and not turn.probing:
            return response
        yield from _discard(turn, response)
        yield from sending.send(turn, step)


def _goes_on(turn: Turn) -> bool:
    """Whether the scheme of a request that left without an exchange has something to do after an error."""
    return turn.stamped_at is not None or (turn.ready is not None and turn.ready.grant is not None)


def _response_head(turn: Turn) -> Script[ResponseHead]:
    while True:
        upstream = turn.upstream
        assert upstream is not None
        buffer = upstream.buffer
        end = buffer.find(b"\r\n\r\n", 0, LONGEST)
        if end >= 0:
            response = read_response(buffer[: end + 4])
            upstream.buffer = buffer[end + 4 :]
            if response.status >= 200 or response.status == 101:
                return response
            yield from _informational(turn, response)
        elif len(buffer) >= LONGEST or b"\n\n" in buffer:
            raise RemoteError("The origin's response cannot be read.")
        elif upstream.closed:
            yield from _closed_unanswered(turn, upstream)
        else:
            yield from turn.wait()


def _informational(turn: Turn, response: ResponseHead) -> Script[None]:
    """Early hints go on; 100 was said by us (RFC 9110 section 15.2)."""
    if response.status != 100 and not turn.head.http10:
        yield commands.SendData(turn.layer.context.client, response.raw)


def _closed_unanswered(turn: Turn, upstream: Upstream) -> Script[None]:
    """A connection that was idle may close as we send: then nothing was acted upon that is safe to send again."""
    first = turn.exchange is None or turn.exchange.sends == 1
    again = first and upstream.used and not upstream.buffer and not turn.retried and turn.head.method in _SAFE
    if not again or turn.head.fields.length or turn.head.fields.chunked:
        raise stream.unreachable("it closed the connection", turn.origin)
    turn.retried = True
    yield from sending.dispatch(turn)


def _discard(turn: Turn, response: ResponseHead) -> Script[None]:
    """Read a rejected answer to its end, so that the connection can be used again."""
    upstream = turn.upstream
    assert upstream is not None
    upstream.used += 1
    body = body_of_response(response, turn.method)
    while body is not None:
        if upstream.buffer:
            _, whole, upstream.buffer = fed(body, upstream.buffer)
            if whole:
                break
            if body.read > stream.DISCARD_LIMIT:
                raise RemoteError("The origin's rejection has a body without end.")
        elif upstream.closed:
            break
        else:
            yield from turn.wait()
    if not response.persistent:
        yield from turn.layer.drop(upstream)
