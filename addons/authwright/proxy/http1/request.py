"""One request and its response, in the order in which it happens: :func:`serve`.

The page below is the whole of it. Each step is a function that is handed what it needs and returns what it found; nothing
is carried sideways. Steps that wait are scripts (``client.Script``): they give commands, and ``None`` where they wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from mitmproxy.proxy import commands

from ...engine.admission import beginning
from ...engine.authorised import Authorised, Bare, Move, ResponseOutline
from ...engine.exchange import BODY, WAITING, Exchange
from ...engine.shortcuts.fixed_header import FixedHeader
from ...engine.shortcuts.signed_head import SignedHead
from ...errors import AuthwrightError, RequestError
from ...message import Headers, Response
from ...origin import Origin
from ...outbound.unreachable import unreachable
from ...record.events import Answered, Event, Sent
from ...record.recorder import Level
from ...rules.ruleset import Plan, RuleSet
from .. import guard, refuse
from ..intake import REPLAY_LIMIT, identity_of
from . import answer
from .client import ClientGone, Script
from .framing import FramingError
from .head import RequestHead, ResponseHead
from .outgoing import OutgoingRequest, outgoing, whole_url
from .ready_cache import request_of
from .response import Torn, check_switch, deliver, discard, response_head
from .serving import ServingLayer
from .upload import Upload
from .upstream import ConnectionKey, Upstream

log = logging.getLogger("authwright")

_SAFE: Final = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE"))
"""Methods that may be sent again when it is unknown whether the origin received them (RFC 9110 section 9.2.1)."""


def serve(layer: ServingLayer, head: RequestHead) -> Script[bool]:
    """Serve one request, from its head to the end of its response.

    A request that fails before the client was sent anything is answered with a problem document. One that fails later ends
    the client's connection.

    Args:
        layer: the client's connection.
        head: the request's head.

    Returns:
        Whether the client's connection goes on to the next request.

    Raises:
        ClientGone: the client has closed its connection.
    """
    upload = layer.upload(head, layer.client, layer.context.client)
    rules, origin, plan, authorised, refusal = layer.ready.rules(), None, None, None, None
    came, answered = layer.moment(), False
    layer.intake.in_flight += 1
    try:
        # Admit: where do the bytes go, and does everything that the request says agree with that?
        origin = layer.admission.admit(head, rules)

        # Plan: which rule applies?
        plan = layer.ready.plan(rules, origin, head)

        # Authorise: what leaves? The scheme may wait for a token, or for the body.
        streams = plan is not None and upload.streams(retry=plan.rule.options.retry)
        identity = identity_of(plan, multiplexed=False) if plan is not None and plan.rule.credential is not None else None
        key = ConnectionKey(origin, identity)
        authorised = authorise(layer, head, rules, plan, origin, upload, came, streams=streams)
        move = taken(authorised.start)
        if not isinstance(move, bytes):
            move = yield from settled(layer, authorised, move, upload)
        if authorised.replays and not streams:
            yield from upload.collect(REPLAY_LIMIT)

        # Connect, send, and wait for the answer.
        message = outgoing(move, head, upload, authorised)
        upstream, response = yield from ask(layer, key, message, head, upload, first=True)

        # Answer a challenge: the scheme looks at the response, and the request is sent again on the same connection.
        shown = False
        while message.probing or authorised.expects(response.status):
            seen = Response(response.status, response.headers)
            replayable = message.probing or upload.replayable
            move = taken(partial(authorised.answer, seen, replayable=replayable))
            move = yield from settled(layer, authorised, move, upload)
            if move is None and not message.probing:
                shown = True
                break
            yield from discard(layer, upstream, response, message.method, upload)
            message = outgoing(move, head, upload, authorised)
            upstream, response = yield from ask(layer, key, message, head, upload, first=False)

        # Deliver: the response goes to the client.
        if not shown:
            authorised.delivered(response, layer.moment())
        check_switch(response, head, upload)
        answered = True
        name = plan.rule.name if plan is not None else ""
        return (yield from deliver(layer, upstream, response, message.method, head, upload, name))
    except (ClientGone, GeneratorExit):
        raise
    except Torn:
        return False
    except BaseException as error:  # noqa: BLE001 - a request must never go out because something failed
        refusal = refusal_of(error)
        return (yield from refuse_request(layer, head, upload, refusal, plan, answered=answered))
    finally:
        layer.intake.in_flight -= 1
        finish(layer, head, rules, origin, plan, authorised, refusal, came, upload)


def authorise(
    layer: ServingLayer,
    head: RequestHead,
    rules: RuleSet,
    plan: Plan | None,
    origin: Origin,
    upload: Upload,
    came: datetime | None,
    *,
    streams: bool,
) -> Authorised:
    """Choose how the request is authorised: by the shortest way that leads to the bytes of the scheme's flow."""
    fields = head.fields
    if plan is None or plan.rule.credential is None:
        return Bare(fields.block("", layer.host), partial(bare_events, layer, head, rules, plan, origin, came))
    engine = layer.intake.services.engine
    ready = layer.ready.header(plan, origin, head)
    if ready is not None:
        lines = fields.block(ready.folded if ready.folded in fields.folded else "", layer.host) + ready.line

        def begin() -> Exchange:
            request = request_of(head, origin, layer.host, streamed=streams)
            return engine.begin(rules, plan, request, presented=ready.token, came=came)

        return FixedHeader(lines, ready, begin, came)
    stamp = layer.ready.stamp(plan, origin, head, layer.host) if came is None else None
    if stamp is not None:
        return SignedHead(
            stamp,
            engine.ambient.now,
            lambda body, at: engine.begin(rules, plan, request_of(head, origin, layer.host).with_body(body), at=at, came=at),
            has_body=upload.unread,
        )
    request = request_of(head, origin, layer.host, streamed=streams)
    return engine.begin(rules, plan, request, streaming=upload.unread, came=came)


def settled(layer: ServingLayer, authorised: Authorised, move: Move, upload: Upload) -> Script[Move]:
    """The *move* of *authorised*; where it waits, or wants the body, the one that comes after that."""
    while move is WAITING or move is BODY:
        if move is WAITING:
            move = yield from layer.wait_for(authorised)
        else:
            yield from upload.collect(layer.intake.services.settings.max_signed_body)
            move = taken(partial(authorised.with_body, upload.kept))
    return move


def taken(take: Callable[[], Move]) -> Move:
    """Take a move; a scheme that raises GeneratorExit must not end this script."""
    try:
        return take()
    except GeneratorExit as error:
        raise refuse.wrapped(error) from error


def ask(
    layer: ServingLayer, key: ConnectionKey, message: OutgoingRequest, head: RequestHead, upload: Upload, *, first: bool
) -> Script[tuple[Upstream, ResponseHead]]:
    """Send *message* and wait for the head of its response.

    A kept connection may close just as the request is sent. A safe request without a body is then sent once more, over a
    fresh connection. A connection that is authenticated by the requests before is not replaced.

    Raises:
        AuthwrightError: the origin cannot be reached, or its response cannot be read.
    """
    upstream = yield from send(layer, key, message, upload)
    response = yield from response_head(layer, upstream, head, upload)
    if response is None and not upstream.buffer.pending and upstream.used:
        framing = head.fields.framing
        bound = key.identity is not None and not first
        if message.method in _SAFE and not framing.length and not framing.chunked and not bound:
            upstream = yield from send(layer, key, message, upload)
            response = yield from response_head(layer, upstream, head, upload)
    if response is None:
        raise unreachable(key.origin, "it closed the connection without an answer")
    return upstream, response


def send(layer: ServingLayer, key: ConnectionKey, message: OutgoingRequest, upload: Upload) -> Script[Upstream]:
    """Send *message* over a connection to the origin, and let the body follow that streams past."""
    upstream = layer.upstreams.kept(key) or (yield from layer.upstreams.connected(key))
    raw = whole_url(message.raw, key.origin) if layer.via and layer.upstreams.is_read_by_a_proxy(key.origin) else message.raw
    if message.streams:
        upload.pass_on(message.rewriter)
        yield from upload.welcome()
        if layer.client.buffer.pending:
            raw += upload.read()
    yield from layer.upstreams.send(upstream, raw)
    return upstream


def refusal_of(error: BaseException) -> AuthwrightError:
    """The error that the client is told for *error*."""
    if isinstance(error, FramingError):
        return RequestError(f"The request is malformed: {error}.", code="malformed_body")
    refusal = refuse.wrapped(error)
    if refusal is not error:
        log.error("a request failed: %s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
    return refusal


def refuse_request(
    layer: ServingLayer, head: RequestHead, upload: Upload, error: AuthwrightError, plan: Plan | None, *, answered: bool
) -> Script[bool]:
    """Answer with a problem document, unless the client was sent some of a response already.

    Returns:
        Whether the client's connection goes on.
    """
    layer.client.release()
    yield from layer.upstreams.drop_awaited()
    if answered:
        return False
    unwelcome = head.fields.expects_continue and not upload.welcomed
    close = head.fields.close or head.http10 or unwelcome or error.code == "malformed_body"
    rule = plan.rule.name if plan is not None else ""
    problem = answer.refusal(error, rule, close=close, without_body=head.method == b"HEAD")
    yield commands.SendData(layer.context.client, problem)
    return not close and (yield from upload.drain())


def finish(
    layer: ServingLayer,
    head: RequestHead,
    rules: RuleSet,
    origin: Origin | None,
    plan: Plan | None,
    authorised: Authorised | None,
    refusal: AuthwrightError | None,
    came: datetime | None,
    upload: Upload,
) -> None:
    """Hand on what there is to tell of a request that is over; where no listener wants to know, only why it was refused."""
    if authorised is not None:
        authorised.close()
    if came is None and refusal is None:
        return

    def events() -> Sequence[Event]:
        told = authorised.events_for(refusal) if authorised is not None else None
        return told or first_events(layer, head, rules, plan, origin, came)

    aside = authorised is None or isinstance(authorised, Bare)
    layer.intake.finish(events, refusal, layer.context.client, aside=aside, bodies=upload.bodies)


def first_events(
    layer: ServingLayer, head: RequestHead, rules: RuleSet, plan: Plan | None, origin: Origin | None, came: datetime | None
) -> list[Event]:
    """The events of a request up to the rule's decision."""
    request = guard.shown(request_of(head, origin or layer.admission.claimed(head)))
    return beginning(request, rules.environment, plan, came or layer.intake.services.engine.ambient.now())


def bare_events(
    layer: ServingLayer,
    head: RequestHead,
    rules: RuleSet,
    plan: Plan | None,
    origin: Origin,
    came: datetime | None,
    response: ResponseOutline | None,
    answered_at: datetime | None,
) -> list[Event]:
    """The events of a request that left as it came, and of its *response*."""
    services = layer.intake.services
    now = services.engine.ambient.now()
    events = first_events(layer, head, rules, plan, origin, came)
    events.append(Sent(request_of(head, origin), came or now))
    if response is not None:
        headers = response.headers if layer.intake.recorder.level >= Level.EXCHANGES else Headers()
        events.append(Answered(Response(response.status, headers), answered_at or now))
    return events
