"""Pure conversions between mitmproxy's messages and ours.

Text stands for bytes here (UTF-8 with ``surrogateescape``), so a message leaves byte for byte as it came. Only the fields,
the target or the body that a scheme changed are set on the live request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mitmproxy import http
from mitmproxy.connection import Client
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.mode_specs import ReverseMode

from ...errors import AuthwrightError
from ...message import Headers, Request, Response, Rewriter
from ...octets import bytes_of, text_of
from ...origin import Origin, without_userinfo
from .. import hop_by_hop, refuse
from ..guard import Claims


def claims_of(request: http.Request, client: Client, context: Context | None, *, forward: bool) -> Claims:
    """The claims of *request* and its connection, from before mitmproxy makes one target of them.

    Args:
        request: as parsed from the wire.
        client: the client's connection.
        context: the connection's context; ``None`` when it is not known (then the request itself is asked).
        forward: whether the request line must name the target.
    """
    data = request.data
    server = context.server if context else None
    address = server.address if server else (data.host, data.port)
    if forward:
        scheme, host, port = data.scheme.decode("ascii", "replace") or "http", "", 0
    else:
        host, port = address[:2] if address else ("", 0)
        tls = server.tls if server else data.scheme == b"https"
        scheme = "https" if tls else "http"
    return Claims(
        method=data.method,
        target=data.path,
        fields=data.headers.fields,
        http_version=data.http_version.decode("ascii", "replace"),
        multiplexed=client.alpn == b"h2" or (client.alpn or b"").startswith(b"h3"),
        authority=data.authority,
        forward=forward,
        reverse=isinstance(client.proxy_mode, ReverseMode),
        scheme=scheme,
        host=host,
        port=port,
        tls=client.tls,
        sni=client.sni,
    )


def strip_hop_by_hop(request: http.Request) -> bool:
    """Take the hop-by-hop fields off *request*, and tell whether the client wants its connection closed."""
    fields, close = hop_by_hop.forwardable(request.data.headers.fields)
    if len(fields) != len(request.data.headers.fields) or fields != request.data.headers.fields:
        request.data.headers = http.Headers(fields)
    return close


def pin(request: http.Request, origin: Origin) -> None:
    """Send the request to *origin*, so that the resolver reads the host as the guard did."""
    request.data.scheme = origin.scheme.encode()
    request.data.host = origin.host
    request.data.port = origin.port


def claimed(request: http.Request) -> Origin:
    """The origin that *request* names, unchecked; only traces may show it."""
    data = request.data
    host = without_userinfo(data.host or request.host_header or "-")
    return Origin(data.scheme.decode("ascii", "replace") or "http", host, data.port or 80)


def request_of(request: http.Request, origin: Origin, *, body: bytes = b"") -> Request:
    """The client's request as a value."""
    data = request.data
    fields = tuple((_text(name), _text(value)) for name, value in data.headers.fields if name.lower() != b"expect")
    authority = _text(data.authority) or next((value for name, value in fields if name.lower() == "host"), "")
    return Request(_text(data.method), origin, _text(data.path), Headers(fields), body, authority)


def response_of(response: http.Response) -> Response:
    """An origin's response as a value; its body is not read."""
    fields = tuple((_text(name), _text(value)) for name, value in response.data.headers.fields)
    return Response(response.status_code, Headers(fields))


def apply(request: http.Request, before: Request, after: Request) -> None:
    """Make the live *request*, whose value was *before*, into *after*.

    Raises:
        AuthwrightError: *after* is for another origin or method.
    """
    if after.origin != before.origin or after.method != before.method:
        raise AuthwrightError("The scheme changed the request's method or origin; nothing was sent.")
    if after.headers is not before.headers:
        fields = _fields(request, after)
        # What mitmproxy itself answers with "100 Continue" and then takes off.
        fields += [field for field in request.data.headers.fields if field[0].lower() == b"expect"]
        request.data.headers = http.Headers(fields)
    if after.target != before.target:
        request.data.path = _bytes(after.target)
    if after.body is not before.body and after.body != before.body:
        _set_body(request, after.body)


def probe(request: http.Request, asked: Request) -> http.Request:
    """The message that asks *asked* before *request*; it has no body."""
    message = request.copy()
    message.method = asked.method
    message.headers = http.Headers(_fields(request, asked))
    message.data.content, message.data.trailers = b"", None
    return message


def rewriting(rewriter: Rewriter) -> Callable[[bytes], Iterable[bytes]]:
    """A function for mitmproxy that rewrites each piece of a streamed body; it gives no empty piece, which would end a chunked body."""
    rewrite = rewriter.begin()

    def pieces(data: bytes) -> Iterable[bytes]:
        piece = rewrite(data)
        return (piece,) if piece else ()

    return pieces


def refusal(request: http.Request, error: AuthwrightError, rule: str = "") -> http.Response:
    """The answer that says why *request* was not sent."""
    status, headers, body = refuse.answer(error, rule)
    response = http.Response.make(status, body, http.Headers(headers))
    if request.method.upper() == "HEAD":
        response.data.content = b""
    return response


def content_length(request: http.Request) -> int | None:
    """The length of the body, where the head says it: ``0`` for a request without one over HTTP/1."""
    headers = request.data.headers
    if length := headers.get("content-length"):
        return int(length) if length.isdecimal() else None
    return None if "transfer-encoding" in headers or request.is_http2 or request.is_http3 else 0


def never_ends(response: http.Response) -> bool:
    """True when the client must see *response* while it comes: it may never end."""
    kind = str(response.headers.get("content-type", "")).lower()
    return kind.startswith(("text/event-stream", "application/grpc"))


def _fields(request: http.Request, after: Request) -> list[tuple[bytes, bytes]]:
    lower = request.is_http2 or request.is_http3  # RFC 9113 section 8.2: names are lower case
    return [(_bytes(name.lower() if lower else name), _bytes(value)) for name, value in after.headers]


def _set_body(request: http.Request, body: bytes) -> None:
    request.data.content = body
    fields = request.data.headers.fields
    if "transfer-encoding" in request.data.headers:
        return
    length = b"%d" % len(body)
    if "content-length" not in request.data.headers:
        fields = (*fields, (b"content-length" if request.is_http2 else b"Content-Length", length))
    request.data.headers = http.Headers((name, length if name.lower() == b"content-length" else value) for name, value in fields)


def _text(value: bytes) -> str:
    return text_of(value)


def _bytes(text: str) -> bytes:
    return bytes_of(text)
