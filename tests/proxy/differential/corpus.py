"""The corpus: requests and responses as bytes, in tables; an exchange is a row, or the product of two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tests.proxy.differential.exchange import TUNNEL, Exchange, Reply, Wait

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
LARGE = bytes(range(256)) * 300  # 75 KB: more than is kept for sending again
METHODS = b"GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND REPORT M-SEARCH PURGE LOCK VERSION-CONTROL FOO b!a~r".split()


def _request(method: bytes = b"GET", target: bytes = b"@/", *fields: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    lines = [b"%b %b HTTP/%b" % (method, target, version), b"Host: {a}", *fields, b"", b""]
    return b"\r\n".join(lines) + body


def _sized(method: bytes, body: bytes, *fields: bytes) -> bytes:
    return _request(method, b"@/", *fields, b"Content-Length: %d" % len(body), body=body)


def _chunked(method: bytes, body: bytes, *fields: bytes) -> bytes:
    return _request(method, b"@/", b"Transfer-Encoding: chunked", *fields, body=body)


CHUNKS = {
    "one chunk": b"5\r\nhello\r\n0\r\n\r\n",
    "no chunk": b"0\r\n\r\n",
    "three chunks": b"5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n",
    "chunks of one byte": b"".join(b"1\r\n%c\r\n" % byte for byte in b"hello world") + b"0\r\n\r\n",
    "sizes with zeros in front": b"0005\r\nhello\r\n000\r\n\r\n",
    "sizes in capitals": b"A\r\n0123456789\r\n0\r\n\r\n",
    "sizes in small letters": b"a\r\n0123456789\r\n0\r\n\r\n",
    "an extension": b"5;name=value\r\nhello\r\n0\r\n\r\n",
    "a quoted extension": b'5;name="a value"\r\nhello\r\n0;last\r\n\r\n',
    "CRLF in the data": b"9\r\n\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n",
    "a large chunk": b"%x\r\n" % len(LARGE) + LARGE + b"\r\n0\r\n\r\n",
}
TRAILERS = {
    "a trailer": b"5\r\nhello\r\n0\r\nX-Checksum: 1234\r\n\r\n",
    "two trailers": b"5\r\nhello\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n",
    "trailers and no data": b"0\r\nX-A: 1\r\n\r\n",
}
FIELDS = {
    "no space after the colon": [b"X-A:1"],
    "spaces and tabs around the value": [b"X-A:  \t 1 \t "],
    "an empty value": [b"X-A:"],
    "an empty value with a space": [b"X-A: "],
    "the same name twice": [b"X-A: 1", b"X-A: 2"],
    "the same name in two spellings": [b"X-A: 1", b"x-a: 2"],
    "names in small letters": [b"x-a: 1", b"accept: */*"],
    "names in mixed case": [b"x-A: 1", b"ACCEPT: */*"],
    "a long value": [b"X-A: " + b"x" * 8000],
    "many fields": [b"X-%d: %d" % (number, number) for number in range(100)],
    "bytes beyond ASCII": ["X-A: jürgen".encode(), b"X-B: \xe9\xff\x80"],
    "a name of every token character": [b"!#$%&'*+-.^_`|~09azAZ: 1"],
    "a tab inside a value": [b"X-A: a\tb"],
    "quotes, commas and colons": [b'X-A: "a, b": c; d="e"'],
    "several cookies": [b"Cookie: a=b; c=d", b"Cookie: e=f"],
    "the client's own credential": [b"Authorization: Basic eDp5"],
    "a credential for the proxy": [b"Proxy-Authorization: Basic eDp5"],
    "Proxy-Connection": [b"Proxy-Connection: keep-alive"],
    "Connection: keep-alive": [b"Connection: keep-alive"],
    "Connection: close": [b"Connection: close"],
    "Connection in capitals": [b"CONNECTION: CLOSE"],
    "a field that Connection names": [b"Connection: X-Hop", b"X-Hop: 1", b"X-Kept: 2"],
    "Connection that names the credential": [b"Connection: Authorization"],
    "Keep-Alive": [b"Connection: keep-alive", b"Keep-Alive: timeout=5"],
    "TE": [b"TE: trailers", b"Connection: TE"],
    "TE alone": [b"TE: trailers"],
    "Upgrade-Insecure-Requests": [b"Upgrade-Insecure-Requests: 1"],
    "an encoding": [b"Accept-Encoding: gzip, br"],
    "a range": [b"Range: bytes=0-1"],
    "a condition": [b'If-None-Match: "abc"'],
    "a media type without a body": [b"Content-Type: application/json"],
    "an underscore": [b"X_A: 1"],
    "Forwarded": [b"Forwarded: for=1.2.3.4", b"Via: 1.1 other", b"X-Forwarded-For: 1.2.3.4"],
    "Max-Forwards": [b"Max-Forwards: 3"],
    "Sec-Fetch of the same origin": [b"Sec-Fetch-Site: same-origin"],
    "Sec-Fetch of another site": [b"Sec-Fetch-Site: cross-site"],
    "a foreign Origin": [b"Origin: http://elsewhere.example"],
    "an empty length": [b"Content-Length: 0"],
    "a length with zeros in front": [b"Content-Length: 000"],
    "Date": [b"Date: Tue, 15 Nov 1994 08:12:31 GMT"],
    "Priority": [b"Priority: u=1, i"],
}
TARGETS = {
    "a query": b"@/a?b=c&d=e",
    "an empty query": b"@/a?",
    "a query without values": b"@/a?b&c",
    "a name twice in the query": b"@/a?b=1&b=2",
    "a query with spaces": b"@/a?b=%20+c",
    "a question mark in the query": b"@/a?b?c=d?",
    "a slash in the query": b"@/a?b=/c/../d",
    "parameters": b"@/a;b=c/d",
    "two slashes": b"@//a//b",
    "a percent-encoded letter": b"@/%61",
    "percent-encoded UTF-8": b"@/%C3%BC",
    "small hexadecimal digits": b"@/%c3%bc?q=%c3%bc",
    "a percent-encoded slash": b"@/a%2Fb",
    "dot segments": b"@/a/../b",
    "a dot segment": b"@/./a",
    "encoded dot segments": b"@/a/%2e%2e/b",
    "sub-delimiters": b"@/!$&'()*+,;=:@~-._",
    "brackets": b"@/[a]{b}",
    "pipes and carets": b"@/a|b^c`d",
    "quotes": b'@/"a"',
    "angle brackets": b"@/<a>",
    "a bad percent sign": b"@/100%",
    "a long path": b"@/" + b"a" * 8000,
    "no path": b"@",
    "no path and a query": b"@?a=b",
    "a path for the query's key": b"@/query/a?b=c",
    "a path for the query's key without a query": b"@/query/a",
    "a path that no rule names": b"@/bare/a",
}
OTHER = {
    "HTTP/1.0": [_request(version=b"1.0")],
    "HTTP/1.0, kept": [_request(b"GET", b"@/", b"Connection: keep-alive", version=b"1.0")],
    "HTTP/1.0 without Host": [b"GET @/ HTTP/1.0\r\n\r\n"],
    "HTTP/1.0 with a body": [_request(b"POST", b"@/", b"Content-Length: 5", version=b"1.0", body=b"hello")],
    "Host at the end": [b"GET @/ HTTP/1.1\r\nX-A: 1\r\nHost: {a}\r\n\r\n"],
    "Host in capitals": [b"GET @/ HTTP/1.1\r\nHOST: {a}\r\n\r\n"],
    "Host without a space": [b"GET @/ HTTP/1.1\r\nHost:{a}\r\n\r\n"],
    "no Host": [b"GET @/ HTTP/1.1\r\nX-A: 1\r\n\r\n"],
    "a continuation expected": [
        _request(b"POST", b"@/", b"Expect: 100-continue", b"Content-Length: 5"),
        Wait(b" 100 "),
        b"hello",
    ],
    "a continuation expected, in vain": [_request(b"POST", b"@/", b"Expect: 100-continue", b"Content-Length: 5", body=b"hello")],
    "a continuation expected of chunks": [
        _request(b"PUT", b"@/", b"Expect: 100-Continue", b"Transfer-Encoding: chunked"),
        Wait(b" 100 "),
        b"5\r\nhello\r\n0\r\n\r\n",
    ],
    "Transfer-Encoding in capitals": [_request(b"POST", b"@/", b"TRANSFER-ENCODING: Chunked", body=b"5\r\nhello\r\n0\r\n\r\n")],
    "a byte too many after the body": [_sized(b"POST", b"hello") + b"\r\n"],
}
SIZES = {
    "0 bytes": 0,
    "1 byte": 1,
    "1000 bytes": 1000,
    "64 KiB": 65536,
    "64 KiB and 1": 65537,
    "300 KB": 300_000,
    "1.5 MB": 1_500_000,
}
_HEAD, _POST, _PUT = _request(b"HEAD"), _sized(b"POST", b"hello"), _chunked(b"PUT", CHUNKS["three chunks"])
PIPELINES = {
    "two": [_request(), _request()],
    "ten": [_request(b"GET", b"@/%d" % number) for number in range(10)],
    "with a body": [_request(), _POST, _request()],
    "with chunks": [_PUT, _request()],
    "with HEAD": [_request(), _HEAD, _request()],
    "that ends": [_request(), _request(b"GET", b"@/", b"Connection: close")],
    "after the end": [_request(b"GET", b"@/", b"Connection: close"), _request()],
    "bodies one after another": [_POST, _PUT, _POST, _PUT],
    "with a refused one": [_request(), _request(b"GET", b"@/a/%2e%2e/b"), _request()],
    "to two paths": [_request(b"GET", b"@/query/a"), _request(b"GET", b"@/bare/b"), _request(b"GET", b"@/c")],
    "of HTTP/1.0": [_request(b"GET", b"@/", b"Connection: keep-alive", version=b"1.0")] * 2,
}


def _exchange(name: str, *client: bytes | Wait, replies: tuple[Reply, ...] = (Reply([OK]),), **more: object) -> Exchange:
    sent = b"".join(step for step in client if isinstance(step, bytes)).lstrip()
    return Exchange(name, client, replies, **{"methods": (sent.split(b" ", 1)[0],), **more})


def _answered(head: bool) -> Reply:
    return Reply([EMPTY if head else OK])


def requests() -> Iterator[Exchange]:
    """Requests of every kind, each answered with two bytes."""
    for method in METHODS:
        yield _exchange(f"{method.decode()}", _request(method), replies=(_answered(method == b"HEAD"),))
    for method in METHODS[2:8]:
        yield _exchange(f"{method.decode()} with a length", _sized(method, b"hello"))
        yield _exchange(f"{method.decode()} with chunks", _chunked(method, CHUNKS["one chunk"]))
    for name, size in SIZES.items():
        yield _exchange(f"a body of {name}", _sized(b"POST", (b"0123456789" * (size // 10 + 1))[:size]))
        yield _exchange(f"a body of {name} in pieces", *_pieces(_sized(b"POST", (b"0123456789" * (size // 10 + 1))[:size]), 7001))
    for name, body in (CHUNKS | TRAILERS).items():
        yield _exchange(f"a request of {name}", _chunked(b"POST", body))
    for name, fields in FIELDS.items():
        yield _exchange(f"request field: {name}", _request(b"GET", b"@/", *fields))
    for name, target in TARGETS.items():
        yield _exchange(f"target: {name}", _request(b"GET", target))
    for name, client in OTHER.items():
        yield _exchange(f"request: {name}", *client)


def pipelines() -> Iterator[Exchange]:
    """Several requests at once, and one in pieces."""
    for name, sent in PIPELINES.items():
        methods = tuple(each.split(b" ", 1)[0] for each in sent)
        replies = tuple(_answered(method == b"HEAD") for method in methods)
        yield Exchange(f"a pipeline {name}", (b"".join(sent),), replies, methods)
        yield Exchange(f"one after another, {name}", tuple(_one_by_one(sent)), replies, methods)
    for name, whole in {"GET": _request(b"GET", b"@/a?b=c", b"X-A: 1"), "POST": _POST, "PUT": _PUT}.items():
        yield _exchange(f"{name} byte by byte", *_pieces(whole, 1))
        for at in range(7, len(whole), 23):
            yield _exchange(f"{name} in two pieces, at {at}", whole[:at], whole[at:])


def _one_by_one(sent: list[bytes]) -> Iterator[bytes | Wait]:
    for number, each in enumerate(sent):
        yield each
        if number == 0:
            yield Wait(b"\r\n\r\n")


def _pieces(whole: bytes, size: int) -> list[bytes]:
    # what is replaced when it is sent must stay whole
    parts = re.split(rb"( @/?|\{a\})", whole)
    return [
        part[at : at + size] if odd == 0 else part
        for odd, part in ((i % 2, p) for i, p in enumerate(parts))
        for at in (range(0, len(part), size) if odd == 0 else (0,))
    ]


STATUSES = [200, 201, 202, 203, 205, 206, 207, 226, 299, 300, 301, 302, 303, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406]
STATUSES += [
    407,
    409,
    410,
    411,
    412,
    413,
    415,
    416,
    417,
    418,
    421,
    422,
    425,
    426,
    428,
    429,
    431,
    451,
    500,
    501,
    502,
    503,
    504,
    511,
    599,
]
RESPONSES = {
    "no reason": [b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"],
    "no reason and no space": [b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"],
    "a long reason": [b"HTTP/1.1 200 " + b"very " * 100 + b"well\r\nContent-Length: 2\r\n\r\nok"],
    "a reason beyond ASCII": [b"HTTP/1.1 200 sch\xc3\xb6n\r\nContent-Length: 2\r\n\r\nok"],
    "204": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "204 with an empty length": [b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"],
    "304": [b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'],
    "304 with a length": [b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 200\r\n\r\n'],
    "an empty length": [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    "a length with zeros in front": [b"HTTP/1.1 200 OK\r\nContent-Length: 002\r\n\r\nok"],
    "no space after the colon": [b"HTTP/1.1 200 OK\r\nX-A:1\r\nContent-Length:2\r\n\r\nok"],
    "spaces around a value": [b"HTTP/1.1 200 OK\r\nX-A:  \t1 \t\r\nContent-Length: 2\r\n\r\nok"],
    "an empty value": [b"HTTP/1.1 200 OK\r\nX-A:\r\nContent-Length: 2\r\n\r\nok"],
    "cookies": [b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nContent-Length: 2\r\n\r\nok"],
    "names in small letters": [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: 1\r\n\r\nok"],
    "bytes beyond ASCII": [b"HTTP/1.1 200 OK\r\nX-A: \xe9\xff\r\nContent-Length: 2\r\n\r\nok"],
    "a long value": [b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 20_000 + b"\r\nContent-Length: 2\r\n\r\nok"],
    "many fields": [b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(100)) + b"Content-Length: 2\r\n\r\nok"],
    "Connection: keep-alive": [b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok"],
    "a field that Connection names": [b"HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nContent-Length: 2\r\n\r\nok"],
    "an encoding that is not true": [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"],
    "a challenge": [b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm="a"\r\nContent-Length: 2\r\n\r\nno'],
    "a proxy's challenge": [b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="a"\r\nContent-Length: 2\r\n\r\nno'],
    "a redirect": [b"HTTP/1.1 302 Found\r\nLocation: http://{a}/b\r\nContent-Length: 0\r\n\r\n"],
    "events": [b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n", b"8\r\ndata: a\n\r\n", b"8\r\ndata: b\n\r\n", b"0\r\n\r\n"],
    "a trailer announced": [b"HTTP/1.1 200 OK\r\nTrailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-A: 1\r\n\r\n"],
    "1 MB": [b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"0123456789" * 100_000],
    "byte by byte": [OK[at : at + 1] for at in range(len(OK))],
    "a head in two pieces": [OK[:20], OK[20:]],
    "head and body apart": [OK[:-2], OK[-2:]],
}  # fmt: skip
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"  # the proxy gives it itself, and keeps it to itself when nobody waits for it
INTERIM = {
    "early hints": [b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", OK],
    "processing, twice": [b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n", OK],
    "a continuation nobody asked for": [_CONTINUE, OK],
    "hints and answer in one piece": [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK],
}
ENDING = {
    "Connection: close": [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"],
    "Connection: close with chunks": [b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
    "no length": [b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end"],
    "no length and no body": [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"],
    "no length, 200 KB": [b"HTTP/1.1 200 OK\r\n\r\n", *[b"0123456789" * 1000] * 20],
    "HTTP/1.0 without a length": [b"HTTP/1.0 200 OK\r\n\r\nuntil the end"],
    "HTTP/1.0 with a length": [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"],
    "an end without telling": [OK],
    "nothing": [],
    "half a head": [b"HTTP/1.1 200 OK\r\nContent-Le"],
    "a body cut short": [b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nok"],
    "a chunk cut short": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nok"],
    "chunks without an end": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"],
}  # fmt: skip


def responses() -> Iterator[Exchange]:
    """Responses of every kind to a GET; some also to a HEAD and a POST."""
    for status in STATUSES:
        yield _exchange(
            f"status {status}", _request(), replies=(Reply([b"HTTP/1.1 %d Word\r\nContent-Length: 2\r\n\r\nok" % status]),)
        )
    for name, pieces in RESPONSES.items():
        yield _exchange(f"response: {name}", _request(), replies=(Reply(pieces),))
        if len(pieces) == 1:
            again = Exchange(
                f"response: {name}, and another",
                (_request(), Wait(b"\r\n\r\n"), _request()),
                (Reply(pieces), Reply([OK])),
                (b"GET", b"GET"),
            )
            yield again
    for name, body in (CHUNKS | TRAILERS).items():
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        yield _exchange(f"a response of {name}", _request(), replies=(Reply([head + body]),))
    for name, pieces in ENDING.items():
        yield _exchange(f"response and end: {name}", _request(), replies=(Reply(pieces, close=True),))
        yield _exchange(f"response to a POST and end: {name}", _POST, replies=(Reply(pieces, close=True),))
    for name, head in {
        "a length": b"Content-Length: 2000\r\n",
        "chunks": b"Transfer-Encoding: chunked\r\n",
        "neither": b"",
    }.items():
        yield _exchange(f"HEAD that tells of {name}", _HEAD, replies=(Reply([b"HTTP/1.1 200 OK\r\n" + head + b"\r\n"]),))
    yield from _early()
    yield from _upgrades()


def _early() -> Iterator[Exchange]:
    refused = Reply([b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"], early=True, close=True)
    yield _exchange("a refusal before the body", _request(b"POST", b"@/", b"Content-Length: 100000"), replies=(refused,))
    yield _exchange("a refusal instead of a continuation", _request(b"POST", b"@/", b"Content-Length: 100000", b"Expect: 100-continue"), replies=(refused,))  # fmt: skip
    yield _exchange("an answer before the body", _sized(b"POST", LARGE), replies=(Reply([OK], early=True),))


def interim() -> Iterator[Exchange]:
    """What mitmproxy's own layer gets wrong: it takes an interim response for the final one, and waits after an empty line."""
    for name, pieces in INTERIM.items():
        yield _exchange(
            f"response: {name}", _request(), replies=(Reply(pieces),), answered=b"".join(pieces).removeprefix(_CONTINUE)
        )
    asked = _request(b"POST", b"@/", b"Content-Length: 5", b"Expect: 100-continue")
    own = Reply([_CONTINUE, OK], early=True)
    yield _exchange(
        "the origin's own continuation", asked, Wait(b" 100 "), b"hello", replies=(own,), answered=b"".join(own.pieces)
    )
    for name, empty in {"an empty line": b"\r\n", "two empty lines": b"\r\n\r\n"}.items():
        yield _exchange(f"request: {name} in front", empty + _request(), answered=OK)


def _upgrades() -> Iterator[Exchange]:
    accepted = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %b\r\n\r\n"
    for name in (b"websocket", b"something"):
        frame = b"\x81\x05HELLO" if name == b"websocket" else b"HELLO"
        fields = (
            b"Connection: Upgrade",
            b"Upgrade: " + name,
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            b"Sec-WebSocket-Version: 13",
        )
        yield _exchange(f"an upgrade to {name.decode()} that is refused", _request(b"GET", b"@/", *fields))
        yield _exchange(
            f"an upgrade to {name.decode()}",
            _request(b"GET", b"@/", *fields),
            Wait(b"\r\n\r\n"),
            b"\x81\x85\x00\x00\x00\x00hello",
            Wait(b"HELLO"),
            replies=(Reply([accepted % name], echo=frame),),
            methods=(),
        )


def corpus() -> dict[str, Exchange]:
    """Every exchange by its name, in the clear and inside TLS."""
    plain = [*requests(), *pipelines(), *responses(), *interim()]
    inside = [
        replace(each, name=f"TLS, {each.name}", way=TUNNEL)
        for each in plain
        if "pieces, at" not in each.name and "no path" not in each.name
    ]
    names = [each.name for each in (*plain, *inside)]
    assert len(set(names)) == len(names)
    return {each.name: each for each in (*plain, *inside)}
