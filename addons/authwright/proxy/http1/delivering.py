"""The response on its way to the client."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mitmproxy.proxy import commands

from ...errors import AuthwrightError, RemoteError
from ...message import Response
from ...terminal import visible
from . import outgoing
from .client import Script
from .framing import Body, FramingError, UntilClose, body_of_response, fed
from .head import ResponseHead
from .upstream import Upstream

if TYPE_CHECKING:
    from .turn import Turn


class Torn(Exception):
    """The origin's response ended before its end, when the client had some of it."""


def deliver(turn: Turn, response: ResponseHead) -> Script[bool]:
    """Send the response on; whether the client's connection goes on."""
    if turn.exchange is not None and not turn.shown:
        value = Response(response.status, response.headers)
        with suppress(Exception):  # the request is out; its response is delivered whatever happens here
            turn.exchange.answer(value, replayable=False)
    upstream, client = turn.upstream, turn.layer.context.client
    assert upstream is not None
    if response.status == 101:
        return (yield from _relay(turn, response, upstream))
    closing = turn.head.fields.close or turn.layer.conduct.closing
    raw = response.raw
    if closing:
        raw = outgoing.with_field(raw, b"Connection", b"close")
    if turn.layer.conduct.annotate and turn.plan is not None:
        raw = outgoing.with_field(raw, b"Authwright-Rule", visible(turn.plan.rule.name).encode())
    body = body_of_response(response, turn.method)
    turn.answered = True
    if body is None:
        yield commands.SendData(client, raw)
    else:
        yield from _deliver_body(turn, raw, body, upstream)
    upstream.used += 1
    if not response.persistent or turn.body is not None or upstream.buffer or isinstance(body, UntilClose):
        yield from turn.layer.drop(upstream)
    if closing or turn.head.http10 or not response.persistent or isinstance(body, UntilClose):
        return False
    return (yield from drained(turn))


def _deliver_body(turn: Turn, raw: bytes, body: Body, upstream: Upstream) -> Script[None]:
    client = turn.layer.context.client
    while True:
        if upstream.buffer:
            passed, whole, upstream.buffer = fed(body, upstream.buffer)
            yield commands.SendData(client, raw + passed if raw else passed)
            raw = b""
            if whole:
                return
        elif upstream.closed:
            if isinstance(body, UntilClose):
                if raw:
                    yield commands.SendData(client, raw)
                return
            raise Torn
        else:
            if raw:
                yield commands.SendData(client, raw)
                raw = b""
            yield from turn.wait()


def _relay(turn: Turn, response: ResponseHead, upstream: Upstream) -> Script[bool]:
    """From now on the bytes are another protocol's (RFC 9110 section 7.8)."""
    if not turn.head.fields.upgrade or turn.body is not None:
        raise RemoteError("The origin switched protocols without being asked.")
    turn.answered = True
    yield commands.SendData(turn.layer.context.client, response.raw)
    while True:
        if upstream.buffer:
            data, upstream.buffer = upstream.buffer, b""
            yield commands.SendData(turn.layer.context.client, data)
        if turn.client.buffer:
            data = turn.client.buffer
            turn.client.taken(b"")
            yield from turn.layer.send(upstream, data)
        if upstream.closed or turn.client.gone:
            return False
        yield None


def drained(turn: Turn) -> Script[bool]:
    """Read what the client still sends of a body that nobody wants any more."""
    turn.streaming = False
    while turn.body is not None:
        if turn.client.buffer:
            try:
                _, whole, rest = turn.body.feed(turn.client.buffer)
            except (FramingError, AuthwrightError):
                return False
            turn.client.taken(rest)
            if whole:
                turn.body = None
                break
        yield from turn.wait()
    return True
