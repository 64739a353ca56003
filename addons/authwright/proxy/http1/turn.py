"""One request and its response, in the order in which it happens.

The request is looked at, authorised and sent; the answer is shown to the exchange where that wants to see it, which may
send again on the same connection; then it goes to the client. Meanwhile the rest of the request's body goes to the origin.
Whatever fails before the client was sent anything becomes an answer of ours; what fails later ends the connection.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mitmproxy.proxy import commands

from ...engine.admission import beginning
from ...engine.exchange import Exchange
from ...engine.shortcuts.fixed_header import Ready
from ...errors import AuthwrightError, RequestError
from ...message import Headers, Request, Response
from ...origin import Origin
from ...record.events import Answered, Event, Sent
from ...record.recorder import Level
from ...rules.ruleset import Plan, RuleSet
from .. import refuse
from ..identity import Identity
from . import answer, answering, delivering, sending
from .client import ClientGone, Script
from .delivering import Torn
from .fields import FieldPairs
from .framing import Body, FramingError
from .head import RequestHead, ResponseHead
from .ready_cache import request_of
from .upload import body_of
from .upstream import Upstream

if TYPE_CHECKING:
    from .layer import Http1

log = logging.getLogger("authwright")


class Turn:
    """One request on its way.

    Args:
        layer: whose connection it came on.
        head: its head.
    """

    def __init__(self, layer: Http1, head: RequestHead) -> None:
        self.layer = layer
        self.client = layer.client
        self.head = head
        self.body: Body | None = body_of(head)
        """What reads the part of the body that was not read yet."""
        self.kept = b""
        """The body's content, where it was read whole."""
        self.trailers: FieldPairs = ()
        self.welcomed = False
        """Whether the client, if it waits for that, was told to send its body."""
        self.rules: RuleSet = layer.known.rules()
        self.origin: Origin | None = None
        self.plan: Plan | None = None
        self.identity: Identity | None = None
        self.ready: Ready | None = None
        self.stamped_at: datetime | None = None
        """When it was signed, where no exchange did that."""
        self.exchange: Exchange | None = None
        self.request: Request | None = None
        self.upstream: Upstream | None = None
        self.sent = b""
        """What was sent last, but for a body that streams past."""
        self.past = False
        """Whether the body goes past unread, so that it can be sent once."""
        self.streaming = False
        """Whether it does so now."""
        self.method = head.method
        """The method of what was sent last: a probe may have one of its own."""
        self.probing = False
        self.retried = False
        self.shown = False
        """Whether the exchange was told of the last response."""
        self.answered = False
        """Whether the client was sent any of the response."""
        self.refusal: AuthwrightError | None = None
        self.response: ResponseHead | None = None
        """The last response's head."""
        listened = layer.conduct.recorder.level > Level.NOTHING
        self.came = layer.conduct.house.engine.ambient.now() if listened else None
        """When the request came; ``None`` where nobody wants to know."""
        self.answered_at: datetime | None = None

    def run(self) -> Script[bool]:
        """The whole of it; whether the client's connection goes on."""
        self.layer.conduct.active.add(self)
        try:
            return (yield from self._run())
        except Torn:
            return False
        finally:
            self._finish()

    def _run(self) -> Script[bool]:
        try:
            yield from sending.authorise(self)
            return (yield from delivering.deliver(self, (yield from answering.answer(self))))
        except (ClientGone, Torn, GeneratorExit):
            raise
        except FramingError as error:
            return (yield from self._refuse(RequestError(f"The request is malformed: {error}.", code="malformed_body")))
        except BaseException as error:  # noqa: BLE001 - a request must never go out because something failed
            return (yield from self._refuse(refuse.wrapped(error), error))

    def uploaded(self) -> bytes:
        """What of the body is here and goes on."""
        assert self.body is not None
        passed, whole, rest = self.body.feed(self.client.buffer)
        self.client.taken(rest)
        if whole:
            self.body, self.streaming = None, False
        return passed

    def wait(self) -> Script[None]:
        """Wait for the next event; what comes of the body goes on."""
        yield None
        if self.client.gone:
            raise ClientGone
        upstream = self.upstream
        if self.streaming and self.client.buffer and upstream is not None and not upstream.closed and (passed := self.uploaded()):
            yield from self.layer.send(upstream, passed)

    def _refuse(self, error: AuthwrightError, cause: BaseException | None = None) -> Script[bool]:
        """Answer with a problem document; whether the client's connection goes on."""
        self.refusal = error
        if cause is not None and cause is not error:
            log.error("a request failed: %s", type(cause).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
        self.client.release()
        if self.upstream is not None:
            yield from self.layer.drop(self.upstream)
        if self.answered:
            return False
        unwelcome = self.head.fields.expects_continue and not self.welcomed
        close = self.head.fields.close or self.head.http10 or unwelcome or error.code == "malformed_body"
        rule = self.plan.rule.name if self.plan else ""
        self.answered = True
        without_body = self.head.method == b"HEAD"
        yield commands.SendData(self.layer.context.client, answer.refusal(error, rule, close=close, without_body=without_body))
        return not close and (yield from delivering.drained(self))

    def _finish(self) -> None:
        self.layer.conduct.active.discard(self)
        exchange = self.exchange
        if exchange is not None:
            exchange.close()
        if self.came is None and self.refusal is None:
            return
        aside = exchange is None and self.ready is None and self.stamped_at is None
        self.layer.conduct.finish(self._events, self.refusal, self.layer.context.client, aside=aside)

    def _events(self) -> Sequence[Event]:
        if self.exchange is not None:
            return self.exchange.hand_on()
        if self.stamped_at is not None or (self.ready is not None and self.refusal is None):
            exchange = sending.exchange_of(self)
            exchange.close()
            return (*exchange.hand_on(), *self._answered())
        return self._events_of_bare()

    def _events_of_bare(self) -> Sequence[Event]:
        now = self.layer.conduct.house.engine.ambient.now()
        wanted = request_of(self.head, self.origin or self.layer.claimed(self.head))
        events = beginning(wanted, self.rules.environment, self.plan, self.came or now)
        sent = [Sent(wanted, self.came or now)] if self.sent and self.ready is None else []
        return (*events, *sent, *self._answered())

    def _answered(self) -> Sequence[Event]:
        response = self.response
        if response is None:
            return ()
        at = self.answered_at or self.layer.conduct.house.engine.ambient.now()
        whole = self.layer.conduct.recorder.level >= Level.EXCHANGES
        return (Answered(Response(response.status, response.headers if whole else Headers()), at),)
