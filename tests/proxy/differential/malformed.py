"""Heads and bodies that RFC 9112 forbids, or that two readers could read in two ways."""

from __future__ import annotations

from collections.abc import Iterator

from tests.proxy.differential.exchange import Exchange, Reply

_OK = Reply([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"])
_PLAIN = b"GET http://{a}/ HTTP/1.1\r\nHost: {a}\r\n\r\n"

LINES = {
    "no version": b"GET http://{a}/",
    "HTTP/0.9": b"GET /",
    "HTTP/1": b"GET http://{a}/ HTTP/1",
    "HTTP/1.": b"GET http://{a}/ HTTP/1.",
    "HTTP/1.10": b"GET http://{a}/ HTTP/1.10",
    "HTTP/1.2": b"GET http://{a}/ HTTP/1.2",
    "HTTP/2.0": b"GET http://{a}/ HTTP/2.0",
    "HTTP/01.1": b"GET http://{a}/ HTTP/01.1",
    "http in small letters": b"GET http://{a}/ http/1.1",
    "another protocol": b"GET http://{a}/ RTSP/1.0",
    "a space after the version": b"GET http://{a}/ HTTP/1.1 ",
    "a tab after the version": b"GET http://{a}/ HTTP/1.1\t",
    "two spaces before the target": b"GET  http://{a}/ HTTP/1.1",
    "two spaces before the version": b"GET http://{a}/  HTTP/1.1",
    "a tab for a space": b"GET\thttp://{a}/ HTTP/1.1",
    "a space in front": b" GET http://{a}/ HTTP/1.1",
    "a tab in front": b"\tGET http://{a}/ HTTP/1.1",
    "a space in the target": b"GET http://{a}/a b HTTP/1.1",
    "a NUL in the target": b"GET http://{a}/a\0b HTTP/1.1",
    "a bare CR in the target": b"GET http://{a}/a\rb HTTP/1.1",
    "a vertical tab in the target": b"GET http://{a}/a\x0bb HTTP/1.1",
    "DEL in the target": b"GET http://{a}/a\x7fb HTTP/1.1",
    "bytes beyond ASCII in the target": "GET http://{a}/ü HTTP/1.1".encode(),
    "a bad byte in the target": b"GET http://{a}/\xff HTTP/1.1",
    "a fragment": b"GET http://{a}/#a HTTP/1.1",
    "a backslash": b"GET http://{a}\\a HTTP/1.1",
    "no method": b"http://{a}/ HTTP/1.1",
    "an empty method": b" http://{a}/ HTTP/1.1",
    "a colon in the method": b"GE:T http://{a}/ HTTP/1.1",
    "a NUL in the method": b"G\0T http://{a}/ HTTP/1.1",
    "a quoted method": b'"GET" http://{a}/ HTTP/1.1',
    "a method beyond ASCII": "GÉT http://{a}/ HTTP/1.1".encode(),
    "no host in the target": b"GET http:/// HTTP/1.1",
    "a port in letters": b"GET http://{a}x/ HTTP/1.1",
    "an empty scheme": b"GET ://{a}/ HTTP/1.1",
    "one slash": b"GET http:/{a}/ HTTP/1.1",
    "user information": b"GET http://u:p@{a}/ HTTP/1.1",
    "user information in Unicode": "GET http://ü@{a}/ HTTP/1.1".encode(),
    "a space in the host": b"GET http://{a} .evil/ HTTP/1.1",
    "the preface of HTTP/2": b"PRI * HTTP/2.0",
    "a bare CR at the line's end": b"GET http://{a}/ HTTP/1.1\r",
}
FIELDS = {
    "a space before the colon": b"X-A : 1",
    "a tab before the colon": b"X-A\t: 1",
    "a space in the name": b"X A: 1",
    "no colon": b"X-A",
    "an empty name": b": 1",
    "a folded value": b"X-A: 1\r\n 2",
    "a value folded by a tab": b"X-A: 1\r\n\t2",
    "a folded first line": b"X-A:\r\n 1",
    "a NUL in the value": b"X-A: a\0b",
    "a NUL in the name": b"X\0A: 1",
    "a bare CR in the value": b"X-A: a\rb",
    "a bare CR before the end": b"X-A: a\r",
    "a bare LF in the value": b"X-A: a\nX-B: b",
    "a vertical tab in the value": b"X-A: a\x0bb",
    "an escape in the value": b"X-A: a\x1bb",
    "DEL in the value": b"X-A: a\x7fb",
    "a bell in the name": b"X\x07A: 1",
    "a slash in the name": b"X/A: 1",
    "brackets in the name": b"X[A]: 1",
    "an at sign in the name": b"X@A: 1",
    "a name beyond ASCII": "X-Ä: 1".encode(),
    "quotes around the name": b'"X-A": 1',
    "a second Host": b"Host: {a}",
    "another Host": b"Host: evil.test",
    "a Host with a space before the colon": b"Host : evil.test",
    "a negative length": b"Content-Length: -1",
    "a length with a sign": b"Content-Length: +0",
    "a length in hexadecimal": b"Content-Length: 0x0",
    "a length with a point": b"Content-Length: 0.0",
    "a length with a space inside": b"Content-Length: 0 0",
    "an empty length": b"Content-Length:",
    "a length in letters": b"Content-Length: none",
    "a length of other digits": "Content-Length: ٠".encode(),
    "a length with an underscore": b"Content-Length: 0_0",
    "a length that is too large": b"Content-Length: 99999999999999999999999999",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 1",
    "the same length twice": b"Content-Length: 0\r\nContent-Length: 0",
    "a list of lengths": b"Content-Length: 0, 0",
    "a length with a comma": b"Content-Length: 0,",
    "an unknown coding": b"Transfer-Encoding: xchunked",
    "identity": b"Transfer-Encoding: identity",
    "gzip": b"Transfer-Encoding: gzip",
    "chunked last but one": b"Transfer-Encoding: chunked, gzip",
    "chunked and identity": b"Transfer-Encoding: chunked, identity",
    "chunked twice": b"Transfer-Encoding: chunked, chunked",
    "chunked in quotes": b'Transfer-Encoding: "chunked"',
    "chunked with a parameter": b"Transfer-Encoding: chunked;q=1",
    "an empty coding": b"Transfer-Encoding:",
    "chunked in two fields": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "chunked and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 5",
    "a length and chunked": b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    "a coding with a vertical tab": b"Transfer-Encoding:\x0bchunked",
    "a coding with a space before the colon": b"Transfer-Encoding : chunked",
    "a folded coding": b"Transfer-Encoding:\r\n chunked",
    "another expectation": b"Expect: something",
}  # fmt: skip
HEADS = {
    "bare line feeds": b"GET http://{a}/ HTTP/1.1\nHost: {a}\n\n",
    "a bare line feed at the end": b"GET http://{a}/ HTTP/1.1\r\nHost: {a}\r\n\n",
    "a bare line feed after the first line": b"GET http://{a}/ HTTP/1.1\nHost: {a}\r\n\r\n",
    "a bare CR for a line end": b"GET http://{a}/ HTTP/1.1\rHost: {a}\r\r",
    "two CRs": b"GET http://{a}/ HTTP/1.1\r\r\nHost: {a}\r\n\r\n",
    "a space before the first field": b"GET http://{a}/ HTTP/1.1\r\n X-A: 1\r\nHost: {a}\r\n\r\n",
    "a space line": b"GET http://{a}/ HTTP/1.1\r\nHost: {a}\r\n \r\n\r\n",
    "a head of 100 KB": b"GET http://{a}/ HTTP/1.1\r\nHost: {a}\r\nX-A: " + b"x" * 100_000 + b"\r\n\r\n",
    "TLS where none is": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(40) + b"\r\n\r\n",
    "noise": bytes(range(128, 256)) + b"\r\n\r\n",
    "chunks in HTTP/1.0": b"POST http://{a}/ HTTP/1.0\r\nHost: {a}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no Host": b"GET http://{a}/ HTTP/1.1\r\n\r\n",
    "CONNECT with a path": b"CONNECT {a}/ HTTP/1.1\r\nHost: {a}\r\n\r\n",
    "CONNECT without a port": b"CONNECT localhost HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "CONNECT of a URL": b"CONNECT http://{a} HTTP/1.1\r\nHost: {a}\r\n\r\n",
}
CHUNKS = {
    "a size in letters": b"g\r\nhello\r\n0\r\n\r\n",
    "an empty size": b"\r\nhello\r\n0\r\n\r\n",
    "a size with a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "a size with 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a size with a space in front": b" 5\r\nhello\r\n0\r\n\r\n",
    "a size with an underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "two sizes": b"5 5\r\nhello\r\n0\r\n\r\n",
    "a size of 17 digits": b"00000000000000005\r\nhello\r\n0\r\n\r\n",
    "a huge size": b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "a bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "a bare CR after the size": b"5\rhello\r\n0\r\n\r\n",
    "a bare LF after the data": b"5\r\nhello\n0\r\n\r\n",
    "no line end after the data": b"5\r\nhello0\r\n\r\n",
    "a byte too many": b"5\r\nhelloX\r\n0\r\n\r\n",
    "a space in an extension": b"5; a\r\nhello\r\n0\r\n\r\n",
    "an extension without a name": b"5;\r\nhello\r\n0\r\n\r\n",
    "a quoted extension without an end": b'5;a="b\r\nhello\r\n0\r\n\r\n',
    "a NUL in an extension": b"5;a\0\r\nhello\r\n0\r\n\r\n",
    "a bare CR in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "a bare LF at the end": b"5\r\nhello\r\n0\n\n",
    "a trailer without a colon": b"5\r\nhello\r\n0\r\nX-A\r\n\r\n",
    "a trailer with a space before the colon": b"5\r\nhello\r\n0\r\nX-A : 1\r\n\r\n",
    "a folded trailer": b"5\r\nhello\r\n0\r\nX-A: 1\r\n 2\r\n\r\n",
    "a NUL in a trailer": b"5\r\nhello\r\n0\r\nX-A: \0\r\n\r\n",
}  # fmt: skip
STATUS_LINES = {
    "no version": b"200 OK",
    "HTTP/2.0": b"HTTP/2.0 200 OK",
    "HTTP/1.10": b"HTTP/1.10 200 OK",
    "http in small letters": b"http/1.1 200 OK",
    "another protocol": b"ICY 200 OK",
    "no status": b"HTTP/1.1 OK",
    "two digits": b"HTTP/1.1 20 OK",
    "four digits": b"HTTP/1.1 2000 OK",
    "a status of letters": b"HTTP/1.1 2OO OK",
    "status 000": b"HTTP/1.1 000 OK",
    "a negative status": b"HTTP/1.1 -20 OK",
    "two spaces": b"HTTP/1.1  200 OK",
    "a NUL in the reason": b"HTTP/1.1 200 O\0K",
    "a bare CR in the reason": b"HTTP/1.1 200 O\rK",
    "a space in front": b" HTTP/1.1 200 OK",
}
RESPONSE_FIELDS = {
    name: field for name, field in FIELDS.items() if not any(w in name for w in ("Host", "expectation", "identity", "gzip"))
}

ENDLESS = ("head: a bare CR for a line end", "head: TLS where none is")
"""What is no head yet: whoever sends it is waited for."""


def heads() -> dict[str, bytes]:
    """Requests, whole, by what is wrong with them."""
    found = {f"line: {name}": line + b"\r\nHost: {a}\r\n\r\n" for name, line in LINES.items()}
    found |= {
        f"field: {name}": b"POST http://{a}/ HTTP/1.1\r\nHost: {a}\r\n%b\r\n\r\n0\r\n\r\n" % field
        for name, field in FIELDS.items()
    }
    found |= {f"head: {name}": head for name, head in HEADS.items()}
    chunked = b"POST http://{a}/ HTTP/1.1\r\nHost: {a}\r\nTransfer-Encoding: chunked\r\n\r\n"
    return found | {f"chunk: {name}": chunked + body for name, body in CHUNKS.items()}


def responses() -> dict[str, bytes]:
    """The same of responses."""
    found = {f"status line: {name}": line + b"\r\nContent-Length: 2\r\n\r\nok" for name, line in STATUS_LINES.items()}
    found |= {
        f"response field: {name}": b"HTTP/1.1 200 OK\r\n%b\r\n\r\n0\r\n\r\n" % field for name, field in RESPONSE_FIELDS.items()
    }
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return found | {f"response chunk: {name}": chunked + body for name, body in CHUNKS.items()}


def requests() -> Iterator[Exchange]:
    for name, raw in heads().items():
        yield Exchange(name, (raw,), (_OK,), methods=(b"POST",))


def answers() -> Iterator[Exchange]:
    for name, raw in responses().items():
        yield Exchange(name, (_PLAIN,), (Reply([raw], close=True),))


def whole(message: bytes) -> bool:
    """Whether a message has arrived to its end: what is cut short was refused."""
    head, end, body = message.partition(b"\r\n\r\n")
    if b"chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n") or b"\r\n0\r\n" in body
    return bool(end)
