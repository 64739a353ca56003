"""One request and its response, in the order in which it happens.

The request is looked at, authorised and sent; the answer is shown to the exchange where that wants to see it, which may
send again on the same connection; then it goes to the client. Meanwhile the rest of the request's body goes to the origin.
Whatever fails before the client was sent anything becomes an answer of ours; what fails later ends the connection.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from mitmproxy.proxy import commands

from ...admission import trace_of
from ...engine import BODY, WAITING, Exchange, Step
from ...errors import AuthwrightError, RemoteError, RequestError
from ...message import Headers, Request, Response, is_probe
from ...origin import Origin
from ...rules.ruleset import Plan, RuleSet
from ...standing import Ready
from ...trace import Trace
from .. import conduct, refuse, stream
from ..conduct import REPLAY_LIMIT
from ..identity import Identity
from . import answer, outgoing
from .client import ClientGone, Script
from .fields import Pairs, with_host
from .framing import Body, FramingError, UntilClose, body_of_response
from .head import LONGEST, RequestHead, ResponseHead, read_response
from .known import request_of
from .upload import Rewritten, body_of, content_of
from .upstream import Key, Upstream
from .waiting import Waiting

if TYPE_CHECKING:
    from .layer import Http1

log = logging.getLogger("authwright")

_SAFE: Final = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE"))
"""What may be sent again when nobody knows whether it was received (RFC 9110 section 9.2.1)."""


class Torn(Exception):
    """The origin's response ended before its end, when the client had some of it."""


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
        self.trailers: Pairs = ()
        self.welcomed = False
        """Whether the client, if it waits for that, was told to send its body."""
        self.rules: RuleSet = layer.known.rules()
        self.origin: Origin | None = None
        self.plan: Plan | None = None
        self.identity: Identity | None = None
        self.ready: Ready | None = None
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
        self.status = 0

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
            yield from self._authorise()
            return (yield from self._deliver((yield from self._answer())))
        except (ClientGone, Torn, GeneratorExit):
            raise
        except FramingError as error:
            return (yield from self._refuse(RequestError(f"The request is malformed: {error}.", code="malformed_body")))
        except BaseException as error:  # noqa: BLE001 - a request must never go out because something failed
            return (yield from self._refuse(refuse.wrapped(error), error))

    # -- the request

    def _authorise(self) -> Script[None]:
        layer, head = self.layer, self.head
        self.origin = origin = layer.admit(head, self.rules)
        self.plan = plan = layer.known.plan(self.rules, origin, head)
        if plan is None or plan.rule.credential is None:
            yield from self._send_as(b"", "")
            return
        self.past = self._goes_past(plan)
        self.identity = conduct.identity_of(plan, multiplexed=False)
        self.ready = ready = layer.known.ready(plan, origin, head.fields)
        if ready is None:
            yield from self._begin(plan)
            return
        if self.body is not None and ready.grant is not None and not self.past:
            yield from self._collect(REPLAY_LIMIT)
        yield from self._send_as(ready.line, ready.folded)

    def _send_as(self, line: bytes, replaced: str) -> Script[None]:
        """Send the request with *line* in the place of what the client said under that name."""
        head = self.head
        version = b" HTTP/1.0\r\n" if head.http10 else b" HTTP/1.1\r\n"
        block = head.fields.block(replaced if replaced in head.fields.folded else "", self.layer.host)
        self.sent = b"".join((head.method, b" ", head.target, version, block, line, b"\r\n", self.kept))
        self.streaming = self.body is not None
        yield from self._dispatch()

    def _begin(self, plan: Plan) -> Script[None]:
        """Let an exchange authorise the request."""
        self.request = self._value(streamed=self.past)
        self.exchange = exchange = self.layer.conduct.house.engine.begin(
            self.rules, plan, self.request, streaming=self.body is not None
        )
        step = yield from self._resolved(_taken(exchange.start))
        if not self.past and self.body is not None:
            yield from self._collect(REPLAY_LIMIT)
        yield from self._send(step)

    def _goes_past(self, plan: Plan) -> bool:
        if self.body is None:
            return False
        length = self.head.fields.length
        return length is None or length > (REPLAY_LIMIT if plan.rule.options.retry else 0)

    def _resolved(self, step: Step) -> Script[Step]:
        """*step*, or what comes after it when it must be waited for, or wants the body."""
        assert self.exchange is not None
        while step is WAITING or step is BODY:
            if step is WAITING:
                step = yield from self.layer.wait_for(Waiting(self.exchange))
            else:
                if self.body is not None:
                    yield from self._collect(self.layer.conduct.house.settings.max_signed_body)
                self.past = False
                self.request = self._value(body=self.kept)
                step = _taken(partial(self.exchange.start_whole, self.request))
        return step

    def _value(self, *, body: bytes = b"", streamed: bool = False) -> Request:
        assert self.origin is not None
        pairs = self.head.fields.forwardable
        if self.layer.host:
            pairs = tuple(with_host(pairs, self.layer.host))
        return request_of(self.head, self.origin, pairs, body=body, streamed=streamed)

    def _collect(self, limit: int) -> Script[None]:
        """Read the whole body."""
        if (self.head.fields.length or 0) > limit:
            raise stream.too_large(limit)
        collected, body = bytearray(), self.body
        yield from self._welcome()
        while self.body is not None:
            if self.client.buffer:
                collected += self._uploaded()
            else:
                yield from self._wait()
            if body is not None and body.read > limit:
                raise stream.too_large(limit)
        self.kept, self.trailers = content_of(self.head, bytes(collected))

    def _welcome(self) -> Script[None]:
        """Tell a client that waits for it to send its body (RFC 9110 section 10.1.1)."""
        if self.head.fields.expects_continue and not self.client.buffer:
            yield commands.SendData(self.layer.context.client, answer.CONTINUE)
        self.welcomed = True

    def _send(self, step: Step) -> Script[None]:
        """Send what the exchange says."""
        if not isinstance(step, Request):
            raise AuthwrightError("The credential yields no request to send.")
        assert self.request is not None
        self.probing = is_probe(self.request, step)
        self.method = step.method.encode()
        self.streaming = self.body is not None and not self.probing
        chunked = self.head.fields.chunked and not self.probing
        if step.rewrite is not None and self.streaming:
            self.body = Rewritten(self.head, step.rewrite, chunked=chunked)
        content = step.body if self.probing or step.body != self.request.body else self.kept
        fixed = None if self.streaming or self.probing else content
        self.sent = outgoing.head_of(step, self.head, fixed, chunked=chunked)
        if not self.streaming:
            self.sent += outgoing.framed(content, self.trailers) if chunked else content
        self.shown = False
        yield from self._dispatch()

    def _dispatch(self) -> Script[None]:
        """Send ``sent``, and let the body follow that streams past."""
        assert self.origin is not None
        self.upstream = upstream = yield from self.layer.connected(Key(self.origin, self.identity))
        if self.streaming:
            if not self.welcomed:
                yield from self._welcome()
            if self.client.buffer:
                yield from self.layer.send(upstream, self.sent + self._uploaded())
                return
        yield from self.layer.send(upstream, self.sent)

    def _uploaded(self) -> bytes:
        """What of the body is here and goes on."""
        assert self.body is not None
        passed, whole, rest = self.body.feed(self.client.buffer)
        self.client.taken(rest)
        if whole:
            self.body, self.streaming = None, False
        return passed

    def _wait(self) -> Script[None]:
        """Wait for the next event; what comes of the body goes on."""
        yield None
        if self.client.gone:
            raise ClientGone
        upstream = self.upstream
        if (
            self.streaming
            and self.client.buffer
            and upstream is not None
            and not upstream.closed
            and (passed := self._uploaded())
        ):
            yield from self.layer.send(upstream, passed)

    # -- the response

    def _answer(self) -> Script[ResponseHead]:
        """The head of the response that the client gets."""
        while True:
            response = yield from self._response_head()
            self.status = response.status
            exchange = self.exchange
            if exchange is None and response.status >= 400 and self.ready is not None and self.ready.grant is not None:
                exchange = self._looked_at()
            if exchange is None or not (self.probing or exchange.expects(response.status)):
                return response
            self.shown = True
            value = Response(response.status, Headers(outgoing.text_pairs(response.pairs)))
            replayable = self.probing or (self.body is None and not self.past)
            step = yield from self._resolved(_taken(partial(exchange.answer, value, replayable=replayable)))
            if step is None and not self.probing:
                return response
            yield from self._discard(response)
            yield from self._send(step)

    def _looked_at(self) -> Exchange:
        """The exchange of a request that left with a standing credential: it goes on as if it had begun with it."""
        assert self.plan is not None
        assert self.ready is not None
        self.request = self._value(streamed=self.past)
        self.exchange = exchange = self.layer.conduct.house.engine.begin(
            self.rules, self.plan, self.request, streaming=False, presented=self.ready.token
        )
        exchange.start()
        return exchange

    def _response_head(self) -> Script[ResponseHead]:
        while True:
            upstream = self.upstream
            assert upstream is not None
            buffer = upstream.buffer
            end = buffer.find(b"\r\n\r\n", 0, LONGEST)
            if end >= 0:
                response = read_response(buffer[: end + 4])
                upstream.buffer = buffer[end + 4 :]
                if response.status >= 200 or response.status == 101:
                    return response
                yield from self._informational(response)
            elif len(buffer) >= LONGEST or b"\n\n" in buffer:
                raise RemoteError("The origin's response cannot be read.")
            elif upstream.closed:
                yield from self._closed_unanswered(upstream)
            else:
                yield from self._wait()

    def _informational(self, response: ResponseHead) -> Script[None]:
        """Early hints go on; 100 was said by us (RFC 9110 section 15.2)."""
        if response.status != 100 and not self.head.http10:
            yield commands.SendData(self.layer.context.client, response.raw)

    def _closed_unanswered(self, upstream: Upstream) -> Script[None]:
        """A connection that was idle may close as we send: then nothing was acted upon that is safe to send again."""
        again = upstream.used and not upstream.buffer and not self.retried and self.head.method in _SAFE
        if not again or self.head.fields.length or self.head.fields.chunked:
            raise stream.unreachable("it closed the connection", self.origin)
        self.retried = True
        yield from self._dispatch()

    def _discard(self, response: ResponseHead) -> Script[None]:
        """Read a rejected answer to its end, so that the connection can be used again."""
        upstream = self.upstream
        assert upstream is not None
        upstream.used += 1
        body = body_of_response(response, self.method)
        while body is not None:
            if upstream.buffer:
                _, whole, upstream.buffer = _fed(body, upstream.buffer)
                if whole:
                    break
                if body.read > stream.DISCARD_LIMIT:
                    raise RemoteError("The origin's rejection has a body without end.")
            elif upstream.closed:
                break
            else:
                yield from self._wait()
        if not response.persistent:
            yield from self.layer.drop(upstream)

    def _deliver(self, response: ResponseHead) -> Script[bool]:
        """Send the response on; whether the client's connection goes on."""
        if self.exchange is not None and not self.shown:
            value = Response(response.status, Headers(outgoing.text_pairs(response.pairs)))
            self.exchange.answer(value, replayable=False)
        upstream, client = self.upstream, self.layer.context.client
        assert upstream is not None
        if response.status == 101:
            return (yield from self._relay(response, upstream))
        closing = self.head.fields.close or self.layer.conduct.closing
        raw = response.raw
        if closing:
            raw = outgoing.with_field(raw, b"Connection", b"close")
        if self.layer.conduct.annotate and self.plan is not None:
            raw = outgoing.with_field(raw, b"Authwright-Rule", refuse.printable(self.plan.rule.name).encode())
        body = body_of_response(response, self.method)
        self.answered = True
        if body is None:
            yield commands.SendData(client, raw)
        else:
            yield from self._deliver_body(raw, body, upstream)
        upstream.used += 1
        if not response.persistent or self.body is not None or upstream.buffer or isinstance(body, UntilClose):
            yield from self.layer.drop(upstream)
        if closing or self.head.http10 or not response.persistent or isinstance(body, UntilClose):
            return False
        return (yield from self._drained())

    def _deliver_body(self, raw: bytes, body: Body, upstream: Upstream) -> Script[None]:
        client = self.layer.context.client
        while True:
            if upstream.buffer:
                passed, whole, upstream.buffer = _fed(body, upstream.buffer)
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
                yield from self._wait()

    def _relay(self, response: ResponseHead, upstream: Upstream) -> Script[bool]:
        """From now on the bytes are another protocol's (RFC 9110 section 7.8)."""
        if not self.head.fields.upgrade or self.body is not None:
            raise RemoteError("The origin switched protocols without being asked.")
        self.answered = True
        yield commands.SendData(self.layer.context.client, response.raw)
        while True:
            if upstream.buffer:
                data, upstream.buffer = upstream.buffer, b""
                yield commands.SendData(self.layer.context.client, data)
            if self.client.buffer:
                data = self.client.buffer
                self.client.taken(b"")
                yield from self.layer.send(upstream, data)
            if upstream.closed or self.client.gone:
                return False
            yield None

    # -- the end

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
        return not close and (yield from self._drained())

    def _drained(self) -> Script[bool]:
        """Read what the client still sends of a body that nobody wants any more."""
        self.streaming = False
        while self.body is not None:
            if self.client.buffer:
                try:
                    _, whole, rest = self.body.feed(self.client.buffer)
                except (FramingError, AuthwrightError):
                    return False
                self.client.taken(rest)
                if whole:
                    self.body = None
                    break
            yield from self._wait()
        return True

    def _finish(self) -> None:
        self.layer.conduct.active.discard(self)
        exchange = self.exchange
        if exchange is not None:
            exchange.close()
        if exchange is None and self.refusal is None and self.ready is None:
            return
        self.layer.conduct.finish(self._trace, self.refusal)

    def _trace(self) -> Trace:
        if self.exchange is not None:
            trace = self.exchange.trace
        elif self.ready is not None and self.refusal is None:
            trace = self._looked_at().trace
            assert self.exchange is not None
            self.exchange.close()
            trace.statuses.append(self.status)
        else:
            trace = self._trace_of_refused()
        return trace

    def _trace_of_refused(self) -> Trace:
        wanted = request_of(self.head, self.origin or self.layer.claimed(self.head), self.head.fields.forwardable)
        if self.plan is not None:
            return trace_of(self.rules, self.plan, wanted)
        return Trace(wanted, environment=self.rules.environment)


def _taken(take: Callable[[], Step]) -> Step:
    """What *take* gives; a scheme that ends as a generator does is not to end this script."""
    try:
        return take()
    except GeneratorExit as error:
        raise refuse.wrapped(error) from error


def _fed(body: Body, data: bytes) -> tuple[bytes, bool, bytes]:
    """What a response's *body* makes of *data*."""
    try:
        return body.feed(data)
    except FramingError as error:
        raise RemoteError(f"The origin's response is malformed: {error}.") from error
