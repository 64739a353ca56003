"""Three readers of HTTP/1.1: ours, h11's, and llhttp's by httptools. Each is given a message in pieces and says what it read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import h11
import httptools

from authwright.errors import AuthwrightError
from authwright.proxy import guard
from authwright.proxy.http1.client import ClientBuffer
from authwright.proxy.http1.framing import Body, Chunked, FramingError
from authwright.proxy.http1.head import RequestHead, read_response
from authwright.proxy.http1.heard import body_of_response
from authwright.proxy.http1.upload import body_of

_LONGEST = 1 << 20


class Refused(Exception):
    """The message is malformed; or it has not come to its end."""


class Message(NamedTuple):
    """What was read."""

    first: tuple[bytes, ...]
    """Method and target, or the status."""
    content: bytes
    rest: bytes | None
    """What belongs to the next message; llhttp does not say."""


# -- ours


def our_request(pieces: Sequence[bytes]) -> Message:
    client = ClientBuffer(lambda: None, lambda: None)
    for number, piece in enumerate(pieces):
        client.take(piece)
        try:
            if (head := client.head()) is not None:
                guard.agree(_claims(head), guard.target(_claims(head)))
        except AuthwrightError as error:
            raise Refused(str(error)) from error
        if head is not None:
            content = bytearray()
            body = Chunked(_judged, content) if head.fields.framing.chunked else body_of(head)
            rest = _body(body, [client.read(), *pieces[number + 1 :]], content)
            return Message((head.method, head.raw.split(b" ")[1]), bytes(content), rest)
    raise Refused("incomplete")


def _claims(head: RequestHead) -> guard.Claims:
    """What the guard is told of a request to the host ``h``, by a forward proxy or inside a tunnel."""
    return guard.Claims(
        method=head.method,
        target=head.target,
        fields=head.fields.pairs,
        http_version=head.http_version,
        authority=head.authority,
        forward=bool(head.authority),
        reverse=False,
        scheme=head.scheme.decode() or "http",
        host="h",
        port=80,
        tls=False,
        sni=None,
    )


def our_response(pieces: Sequence[bytes], method: bytes) -> Message:
    buffer = b""
    for number, piece in enumerate(pieces):
        buffer += piece
        raw, end, rest = buffer.partition(b"\r\n\r\n")
        if end:
            try:
                head = read_response(raw + end)
            except AuthwrightError as error:
                raise Refused(str(error)) from error
            content = bytearray()
            body = (
                Chunked(_judged, content)
                if isinstance(body_of_response(head, method), Chunked)
                else body_of_response(head, method)
            )
            until_close = body is not None and head.framing == (None, False)
            rest = _body(body, [rest, *pieces[number + 1 :]], content, until_close=until_close)
            return Message((b"%d" % head.status,), bytes(content), rest)
    raise Refused("incomplete")


def _judged(trailers):
    """h11 and llhttp refuse a trailer that frames the body; we leave it out and go on, so it is set apart here."""
    if any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in trailers):
        raise Refused("a trailer frames the body")
    return trailers


def _body(body: Body | None, pieces: Sequence[bytes], content: bytearray, *, until_close: bool = False) -> bytes:
    """Fill *content*; what comes after the body."""
    if body is None:
        return b"".join(pieces)
    for number, piece in enumerate(pieces):
        try:
            part = body.feed(piece)
        except FramingError as error:
            raise Refused(str(error)) from error
        if not isinstance(body, Chunked):
            content += part.passed
        if part.whole:
            return part.rest + b"".join(pieces[number + 1 :])
    if not until_close:
        raise Refused("incomplete")
    return b""


# -- h11's


def h11_request(pieces: Sequence[bytes]) -> Message:
    raw = b"".join(pieces)
    while raw.startswith(b"\r\n"):  # RFC 9112 section 2.2 has them ignored; h11 does not know them
        raw = raw[2:]
    return _h11(h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST), [raw])


def h11_response(pieces: Sequence[bytes], method: bytes) -> Message:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
    connection.send(h11.EndOfMessage())
    return _h11(connection, [*pieces, b""])


def _h11(connection: h11.Connection, pieces: Sequence[bytes]) -> Message:
    first, content = (), bytearray()
    try:
        for number, piece in enumerate(pieces):
            connection.receive_data(piece)
            while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                match event:
                    case h11.Request():
                        first = (event.method, event.target)
                    case h11.Response():
                        first = (b"%d" % event.status_code,)
                    case h11.Data():
                        content += event.data
                    case h11.EndOfMessage():
                        rest = connection.trailing_data[0] + b"".join(pieces[number + 1 :])
                        return Message(first, bytes(content), rest)
                    case _:
                        raise Refused(repr(event))
    except h11.RemoteProtocolError as error:
        raise Refused(str(error)) from error
    raise Refused("incomplete")


# -- llhttp's


class _First:
    """Keeps the first message."""

    def __init__(self) -> None:
        self.url, self.content, self.complete, self.begun = b"", bytearray(), False, 0

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        if self.begun == 1:
            self.url += url

    def on_body(self, data: bytes) -> None:
        if self.begun == 1:
            self.content += data

    def on_message_complete(self) -> None:
        self.complete = True


def llhttp_request(pieces: Sequence[bytes]) -> Message | None:
    """``None`` when it does not know the method: its list is closed, that of RFC 9110 section 9 is not."""
    first = _First()
    parser = httptools.HttpRequestParser(first)
    try:
        method = _fed(parser, first, pieces, parser.get_method)
    except httptools.HttpParserInvalidMethodError:
        return None
    return Message((method, first.url), bytes(first.content), None)


def llhttp_response(pieces: Sequence[bytes]) -> Message:
    first = _First()
    parser = httptools.HttpResponseParser(first)
    status = _fed(parser, first, pieces, parser.get_status_code, until_close=True)
    return Message((b"%d" % status,), bytes(first.content), None)


def _fed(parser, first: _First, pieces: Sequence[bytes], ask, *, until_close: bool = False):
    said = None
    for piece in pieces:
        for at in range(len(piece)):  # byte by byte, so that what is asked is asked of the first message
            try:
                parser.feed_data(piece[at : at + 1])
            except httptools.HttpParserUpgrade:
                return ask()
            except httptools.HttpParserInvalidMethodError:
                raise
            except httptools.HttpParserError as error:
                raise Refused(str(error)) from error
            if first.complete:
                return ask()
        said = ask()
    if not until_close or first.begun != 1:
        raise Refused("incomplete")
    return said
