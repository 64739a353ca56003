"""The origin's response on its way to the client, or read and thrown away."""

from __future__ import annotations

from typing import Final

from mitmproxy.proxy import commands

from ...errors import RemoteError
from ...terminal import visible
from ..limits import DISCARD_LIMIT, endless_rejection
from .buffer import HeadEndless
from .client import ClientGone, Script
from .framing import Body, fed
from .head import RequestHead, ResponseHead, read_response
from .heard import body_of_response
from .outgoing import with_field
from .serving import ServingLayer
from .upload import Upload
from .upstream import Upstream

_MOST_INFORMATIONAL: Final = 32
"""Responses of status 1xx that an origin may send before the final one."""


class Torn(Exception):
    """The origin's response ended too early, when the client had some of it."""


def response_head(layer: ServingLayer, upstream: Upstream, head: RequestHead, upload: Upload) -> Script[ResponseHead | None]:
    """Wait for the head of the final response; meanwhile early hints go to the client.

    Args:
        layer: the client's connection.
        upstream: the connection to the origin.
        head: the client's request.
        upload: its body, which may be on its way.

    Returns:
        The head; ``None`` when the origin closed the connection without a word.

    Raises:
        RemoteError: the head cannot be read, is too long, or comes after too many of status 1xx.
    """
    informational = 0
    while True:
        try:
            raw = upstream.buffer.take_head() if upstream.buffer.pending else None
        except HeadEndless:
            raise RemoteError("The origin's response cannot be read.") from None
        if raw is not None:
            response = read_response(raw)
            if response.status >= 200 or response.status == 101:
                return response
            informational += 1
            if informational > _MOST_INFORMATIONAL:
                raise RemoteError("The origin sends informational responses without end.")
            if response.status != 100 and not head.http10:  # the proxy itself has said 100 (RFC 9110 section 15.2)
                yield commands.SendData(layer.context.client, response.raw)
        elif upstream.closed:
            return None
        else:
            yield from wait(layer, upstream, upload)


def discard(layer: ServingLayer, upstream: Upstream, response: ResponseHead, method: bytes, upload: Upload) -> Script[None]:
    """Read a rejected response to its end, so that the connection can be used again.

    Raises:
        RemoteError: its body is malformed, or longer than ``DISCARD_LIMIT``.
    """
    upstream.used += 1
    body = body_of_response(response, method, upload.bodies)
    while body is not None:
        if upstream.buffer.pending:
            _, whole, rest = fed(body, upstream.buffer.take())
            if rest:
                upstream.buffer.put_back(rest)
            if whole:
                break
            if body.read > DISCARD_LIMIT:
                raise endless_rejection()
        elif upstream.closed:
            body.close()
            break
        else:
            yield from wait(layer, upstream, upload)
    upstream.awaited = False
    if not response.persistent:
        yield from layer.upstreams.drop(upstream)


def deliver(
    layer: ServingLayer, upstream: Upstream, response: ResponseHead, method: bytes, head: RequestHead, upload: Upload, rule: str
) -> Script[bool]:
    """Send the response on to the client.

    Args:
        layer: the client's connection.
        upstream: the connection that the response comes over.
        response: its head.
        method: the method of the request that it answers.
        head: the client's request.
        upload: its body.
        rule: the name of the rule that the request matched; empty when none did.

    Returns:
        Whether the client's connection goes on.

    Raises:
        Torn: the response ended too early.
        RemoteError: its body is malformed.
    """
    if response.status == 101:
        return (yield from _relay(layer, upstream, response))
    closing = head.fields.close or layer.intake.closing
    raw = response.raw
    if closing:
        raw = with_field(raw, b"Connection", b"close")
    if layer.intake.annotate and rule:
        raw = with_field(raw, b"Authwright-Rule", visible(rule).encode())
    body = body_of_response(response, method, upload.bodies)
    if body is None:
        ended = False
        yield commands.SendData(layer.context.client, raw)
    else:
        ended = yield from _deliver_body(layer, upstream, raw, body, upload)
    upstream.used += 1
    upstream.awaited = False
    last = ended or not response.persistent
    if last or upload.unread or upstream.buffer.pending:
        yield from layer.upstreams.drop(upstream)
    if closing or head.http10 or last:
        return False
    return (yield from upload.drain()) if upload.unread else True


def wait(layer: ServingLayer, upstream: Upstream, upload: Upload) -> Script[None]:
    """Wait for the next event; what arrives of a body that streams past goes to the origin.

    Raises:
        ClientGone: the client has closed its connection.
    """
    yield None
    if layer.client.gone:
        raise ClientGone
    if upload.passing and layer.client.buffer.pending and not upstream.closed and (passed := upload.read()):
        yield from layer.upstreams.send(upstream, passed)


def check_switch(response: ResponseHead, head: RequestHead, upload: Upload) -> None:
    """Refuse a switch of protocols that the client did not ask for (RFC 9110 section 15.2.2).

    Raises:
        RemoteError: the origin switches protocols unasked.
    """
    if response.status == 101 and (not head.fields.upgrade or upload.unread):
        raise RemoteError("The origin switched protocols without being asked.")


def _deliver_body(layer: ServingLayer, upstream: Upstream, raw: bytes, body: Body, upload: Upload) -> Script[bool]:
    """Send the head *raw* and then the body, piece by piece; return whether the body ended with its connection."""
    client = layer.context.client
    while True:
        if upstream.buffer.pending:
            passed, whole, rest = fed(body, upstream.buffer.take())
            if rest:
                upstream.buffer.put_back(rest)
            yield commands.SendData(client, raw + passed if raw else passed)
            raw = b""
            if whole:
                return False
        elif upstream.closed:
            if not body.close():
                raise Torn
            if raw:
                yield commands.SendData(client, raw)
            return True
        else:
            if raw:
                yield commands.SendData(client, raw)
                raw = b""
            yield from wait(layer, upstream, upload)


def _relay(layer: ServingLayer, upstream: Upstream, response: ResponseHead) -> Script[bool]:
    """From now on the bytes are another protocol's (RFC 9110 section 7.8): pass them in both directions to the end."""
    yield commands.SendData(layer.context.client, response.raw)
    while True:
        if upstream.buffer.pending:
            yield commands.SendData(layer.context.client, upstream.buffer.take())
        if layer.client.buffer.pending:
            data = layer.client.read()
            layer.client.unread(b"")
            yield from layer.upstreams.send(upstream, data)
        if upstream.closed or layer.client.gone:
            return False
        yield None
