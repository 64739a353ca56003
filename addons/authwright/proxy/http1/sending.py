"""A turn's way to the origin: looked at, authorised, sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mitmproxy.proxy import commands

from ...engine.exchange import BODY, WAITING, Exchange, Step
from ...errors import AuthwrightError
from ...message import Request, is_probe
from ...origin import Origin
from ...record.recorder import Level
from ...rules.ruleset import Plan
from .. import intake, refuse
from ..intake import REPLAY_LIMIT
from ..stock import stream
from . import answer, outgoing
from .client import Script
from .fields import lines_of
from .ready_cache import Stamped, request_of
from .upload import Rewritten, content_of
from .upstream import ConnectionKey
from .waiting import Waiting

if TYPE_CHECKING:
    from .turn import Turn


def authorise(turn: Turn) -> Script[None]:
    """Look at the request, and send it as the rules say."""
    layer, head = turn.layer, turn.head
    turn.origin = origin = layer.admit(head, turn.rules)
    turn.plan = plan = layer.known.plan(turn.rules, origin, head)
    if plan is None or plan.rule.credential is None:
        yield from _send_as(turn, b"", "")
        return
    turn.past = _goes_past(turn, plan)
    turn.identity = intake.identity_of(plan, multiplexed=False)
    turn.ready = ready = layer.known.ready(plan, origin, head.fields)
    if ready is None:
        quiet = layer.conduct.recorder.level is Level.NOTHING
        stamped = layer.known.stamp(plan, origin, head, layer.host) if quiet else None
        yield from _begin(turn, plan) if stamped is None else _send_stamped(turn, stamped)
        return
    if turn.body is not None and ready.grant is not None and not turn.past:
        yield from _collect(turn, REPLAY_LIMIT)
    yield from _send_as(turn, ready.line, ready.folded)


def _send_as(turn: Turn, line: bytes, replaced: str) -> Script[None]:
    """Send the request with *line* in the place of what the client said under that name."""
    fields = turn.head.fields
    turn.sent = _whole(turn, fields.block(replaced if replaced in fields.folded else "", turn.layer.host), line)
    turn.streaming = turn.body is not None
    yield from dispatch(turn)


def _send_stamped(turn: Turn, stamped: Stamped) -> Script[None]:
    """Send the request signed by what its head has made ready."""
    house = turn.layer.conduct.house
    if turn.body is not None:
        yield from _collect(turn, house.settings.max_signed_body)
    turn.past = False
    now = house.engine.ambient.now()
    turn.sent = _whole(turn, stamped.block, lines_of(stamped.stamp.fields(turn.kept, now)))
    turn.stamped_at = now
    yield from dispatch(turn)


def _whole(turn: Turn, block: bytes, line: bytes) -> bytes:
    """The request's head with the lines *block* and *line*, and what is kept of its body."""
    head = turn.head
    version = b" HTTP/1.0\r\n" if head.http10 else b" HTTP/1.1\r\n"
    return b"".join((head.method, b" ", head.target, version, block, line, b"\r\n", turn.kept))


def _begin(turn: Turn, plan: Plan) -> Script[None]:
    """Let an exchange authorise the request."""
    turn.request = _value(turn, streamed=turn.past)
    turn.exchange = exchange = turn.layer.conduct.house.engine.begin(
        turn.rules, plan, turn.request, streaming=turn.body is not None
    )
    step = yield from resolved(turn, taken(exchange.start))
    if not turn.past and turn.body is not None:
        yield from _collect(turn, REPLAY_LIMIT)
    yield from send(turn, step)


def _goes_past(turn: Turn, plan: Plan) -> bool:
    if turn.body is None:
        return False
    length = turn.head.fields.length
    return length is None or length > (REPLAY_LIMIT if plan.rule.options.retry else 0)


def resolved(turn: Turn, step: Step) -> Script[Step]:
    """*step*, or what comes after it when it must be waited for, or wants the body."""
    assert turn.exchange is not None
    while step is WAITING or step is BODY:
        if step is WAITING:
            step = yield from turn.layer.wait_for(Waiting(turn.exchange))
        else:
            if turn.body is not None:
                yield from _collect(turn, turn.layer.conduct.house.settings.max_signed_body)
            turn.past = False
            step = taken(partial(turn.exchange.with_body, turn.kept))
            turn.request = turn.exchange.request
    return step


def _value(turn: Turn, *, streamed: bool) -> Request:
    assert turn.origin is not None
    return request_of(turn.head, turn.origin, turn.layer.host, streamed=streamed)


def _collect(turn: Turn, limit: int) -> Script[None]:
    """Read the whole body."""
    if (turn.head.fields.length or 0) > limit:
        raise stream.too_large(limit)
    collected, body = bytearray(), turn.body
    yield from _welcome(turn)
    while turn.body is not None:
        if turn.client.buffer:
            collected += turn.uploaded()
        else:
            yield from turn.wait()
        if body is not None and body.read > limit:
            raise stream.too_large(limit)
    turn.kept, turn.trailers = content_of(turn.head, bytes(collected))


def _welcome(turn: Turn) -> Script[None]:
    """Tell a client that waits for it to send its body (RFC 9110 section 10.1.1)."""
    if turn.head.fields.expects_continue and not turn.client.buffer:
        yield commands.SendData(turn.layer.context.client, answer.CONTINUE)
    turn.welcomed = True


def send(turn: Turn, step: Step) -> Script[None]:
    """Send what the exchange says."""
    if not isinstance(step, Request):
        raise AuthwrightError("The credential yields no request to send.")
    assert turn.request is not None
    turn.probing = is_probe(turn.request, step)
    turn.method = step.method.encode()
    turn.streaming = turn.body is not None and not turn.probing
    chunked = turn.head.fields.chunked and not turn.probing
    if step.rewrite is not None and turn.streaming:
        turn.body = Rewritten(turn.head, step.rewrite, chunked=chunked)
    content = step.body if turn.probing or step.body != turn.request.body else turn.kept
    fixed = None if turn.streaming or turn.probing else content
    turn.sent = outgoing.head_of(step, turn.head, fixed, chunked=chunked)
    if not turn.streaming:
        turn.sent += outgoing.framed(content, turn.trailers) if chunked else content
    turn.shown = False
    yield from dispatch(turn)


def dispatch(turn: Turn) -> Script[None]:
    """Send ``sent``, and let the body follow that streams past."""
    assert turn.origin is not None
    turn.upstream = upstream = yield from turn.layer.connected(ConnectionKey(turn.origin, turn.identity))
    sent = _whole_url(turn.sent, turn.origin) if turn.layer.is_read_by_a_proxy(turn.origin) else turn.sent
    if turn.streaming:
        if not turn.welcomed:
            yield from _welcome(turn)
        if turn.client.buffer:
            yield from turn.layer.send(upstream, sent + turn.uploaded())
            return
    yield from turn.layer.send(upstream, sent)


def _whole_url(sent: bytes, origin: Origin) -> bytes:
    """The request *sent* as a proxy reads it (RFC 9112 section 3.2.2), where ``*`` is a URL without a path."""
    method, _, rest = sent.partition(b" ")
    return b"%b %b%b" % (method, str(origin).encode(), rest.removeprefix(b"*"))


def exchange_of(turn: Turn) -> Exchange:
    """The exchange of a request that left without one: it goes on as if it had begun with it."""
    assert turn.plan is not None
    turn.request = _value(turn, streamed=turn.past)
    if turn.stamped_at is not None:
        turn.request = turn.request.with_body(turn.kept)
    turn.exchange = exchange = turn.layer.conduct.house.engine.begin(
        turn.rules,
        turn.plan,
        turn.request,
        presented=turn.ready.token if turn.ready else None,
        at=turn.stamped_at,
        came=turn.came or turn.stamped_at,
    )
    exchange.start(turn.came)
    return exchange


def taken(take: Callable[[], Step]) -> Step:
    """What *take* gives; a scheme that ends as a generator does is not to end this script."""
    try:
        return take()
    except GeneratorExit as error:
        raise refuse.wrapped(error) from error
