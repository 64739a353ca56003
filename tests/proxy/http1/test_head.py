"""A head is read as the standard says, or refused where two readers could differ."""

import contextlib

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.errors import RemoteError, RequestError
from authwright.proxy.http1.head import read_request, read_response

TARGETS = {
    "http://a.test/x?y=1": (b"http", b"a.test", b"/x?y=1"),
    "HTTP://A.test:81": (b"http", b"A.test:81", b"/"),
    "https://a.test/": (b"https", b"a.test", b"/"),
    "http://a.test?y": (b"http", b"a.test", b"?y"),
    "/x//y": (b"", b"", b"/x//y"),
    "/http://a.test/": (b"", b"", b"/http://a.test/"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_taken_apart(target):
    head = read_request(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert TARGETS[target] == (head.scheme, head.authority, head.target)


def test_connect_names_an_authority():
    head = read_request(b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n")
    assert (head.method, head.authority, head.http10) == (b"CONNECT", b"a.test:443", False)


HOST = b"Host: a\r\n"
REFUSED = {
    "two spaces": b"GET  / HTTP/1.1\r\n" + HOST,
    "a leading space": b" GET / HTTP/1.1\r\n" + HOST,
    "a trailing space": b"GET / HTTP/1.1 \r\n" + HOST,
    "a tab": b"GET\t/ HTTP/1.1\r\n" + HOST,
    "a lower-case version": b"GET / http/1.1\r\n" + HOST,
    "HTTP/0.9": b"GET / HTTP/0.9\r\n" + HOST,
    "HTTP/1.10": b"GET / HTTP/1.10\r\n" + HOST,
    "no target": b"GET HTTP/1.1\r\n" + HOST,
    "bytes outside ASCII in the target": b"GET /\xc3\xa9 HTTP/1.1\r\n" + HOST,
    "a method that is none": b"G(T / HTTP/1.1\r\n" + HOST,
    "a bare line feed": b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nHost: a\rX: b\r\n",
    "a line feed after the first line": b"GET / HTTP/1.1\nHost: a\r\n",
    "a folded line": b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : a\r\n",
    "an empty name": b"GET / HTTP/1.1\r\n: a\r\n",
    "a line without a colon": b"GET / HTTP/1.1\r\nHost\r\n",
    "NUL": b"GET / HTTP/1.1\r\nHost: a\0\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
    "a list of lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n",
    "a length with a sign": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n",
    "a length with a leading zero": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 01\r\n",
    "a length in hex": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n",
    "an empty length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n",
    "a length without end": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 30 + b"\r\n",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    "chunks twice": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "chunks and more": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n",
    "another coding": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n",
    "an empty coding": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n",
    "a vertical tab in the coding": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n",
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n",
    "another expectation": b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\n",
    "another scheme": b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n",
    "a URL without a host": b"GET http:///x HTTP/1.1\r\nHost: a\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_head_with_two_readings_is_refused(name):
    with pytest.raises(RequestError):
        read_request(REFUSED[name] + b"\r\n")


RESPONSES = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n": (200, 5, False, True),
    "HTTP/1.1 200 \r\ntransfer-encoding: Chunked\r\n": (200, None, True, True),
    "HTTP/1.1 404\r\nConnection: x, Close\r\n": (404, None, False, False),
    "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n": (200, 0, False, False),
    "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n": (200, 1, False, True),
    "HTTP/1.1 204 No\r\nX-Content-Length: 7\r\n": (204, None, False, True),
}


@pytest.mark.parametrize("text", RESPONSES)
def test_a_response_says_how_its_body_ends(text):
    head = read_response(text.encode() + b"\r\n")
    assert RESPONSES[text] == (head.status, *head.framing, head.persistent)


UNREADABLE = {
    "no version": b"200 OK\r\n",
    "another protocol": b"ICY 200 OK\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n",
    "a status of zero": b"HTTP/1.1 000 OK\r\n",
    "a folded line": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    "another coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
    "no length": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_response_with_two_readings_is_refused(name):
    with pytest.raises(RemoteError):
        read_response(UNREADABLE[name] + b"\r\n")


WORDS = b"GET / HTTP/1.1 http://a Host Content-Length Transfer-Encoding chunked Expect 100-continue X 0 1 +".split()
PIECES = st.sampled_from([*WORDS, b" ", b"\r\n", b"\n", b"\r", b":", b",", b"\t", b"\0", b"\xff", b"(", b";"])


@given(st.lists(PIECES, max_size=12).map(b"".join), st.booleans())
def test_nothing_passes_that_h11_refuses(noise, whole):
    raw = (b"GET / HTTP/1.1\r\nHost: a\r\n" + noise if whole else noise) + b"\r\n\r\n"
    raw = raw[: raw.index(b"\r\n\r\n") + 4]
    with contextlib.suppress(RequestError):
        read = read_request(raw)
        theirs = h11.Connection(h11.SERVER)
        theirs.receive_data(raw)
        event = theirs.next_event()
        if read.fields.host is not None or read.http10:  # that there is one is the guard's business
            assert isinstance(event, h11.Request)
            assert [(name.lower(), value) for name, value in read.fields.pairs] == list(event.headers)


@pytest.mark.parametrize(("count", "refused"), [(1000, False), (1001, True)])
def test_a_head_has_so_many_fields_and_no_more(count, refused):
    fields = b"a:\r\n" * (count - 1)
    with pytest.raises(RequestError) if refused else contextlib.nullcontext():
        read_request(b"GET / HTTP/1.1\r\n" + HOST + fields + b"\r\n")
    with pytest.raises(RemoteError) if refused else contextlib.nullcontext():
        read_response(b"HTTP/1.1 200 OK\r\n" + b"b:\r\n" + fields + b"\r\n")
