"""A body ends where its framing says, wherever its bytes were cut."""

import itertools

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.errors import RemoteError
from authwright.proxy import hop_by_hop
from authwright.proxy.http1.framing import Chunked, Counted, FramingError, UntilClose, fed
from authwright.proxy.http1.head import read_request, read_response
from authwright.proxy.http1.heard import body_of_response
from authwright.proxy.http1.upload import Rewritten, content_of

WIRE = b"5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\nY:  2\r\n\r\n"
PASSED = b"5\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\nY: 2\r\n\r\n"
NEXT = b"GET http://n/"


def read(body, pieces):
    """What passes and what is left, when *pieces* come one after the other."""
    passed, rest, whole = b"", b"", False
    for piece in pieces:
        if whole:
            rest += piece
        elif piece:
            part = body.feed(piece)
            passed, whole, rest = passed + part.passed, part.whole, rest + part.rest
    return passed, whole, rest


def test_chunks_are_followed_wherever_they_are_cut():
    data = WIRE + NEXT
    for first, second in itertools.combinations_with_replacement(range(len(data) + 1), 2):
        pieces = (data[:first], data[first:second], data[second:])
        assert read(Chunked(), pieces) == (PASSED, True, NEXT)


def test_a_counted_body_ends_with_its_last_byte():
    for cut in range(8):
        assert read(Counted(5), (b"hello"[:cut], b"hello"[cut:] + b"GET")) == (b"hello", True, b"GET")


def test_what_ends_with_its_connection_passes_whole():
    assert read(UntilClose(), (b"a", b"b")) == (b"ab", False, b"")


BROKEN = [
    b"5\nhello\r\n",
    b"5 \r\nhello\r\n",
    b"-1\r\n",
    b"0x5\r\n",
    b"5\r\nhelloX\r\n",
    b"5\r\nhello\n\n",
    b"\r\n",
    b"11111111111111111\r\n",
    b"5;a\0\r\n",
    b"0\r\nA : b\r\n\r\n",
    b"0\r\n a\r\n\r\n",
    b"0\r\nA: b\nC: d\r\n\r\n",
    b"5" * 5000,
    b"0\r\n" + b"A: b\r\n" * 4000,
]


@pytest.mark.parametrize("wire", BROKEN)
def test_broken_chunks_are_refused(wire):
    with pytest.raises(FramingError):
        read(Chunked(), [wire + b"0\r\n\r\n"])
    with pytest.raises(FramingError):
        read(Chunked(), [bytes((byte,)) for byte in wire + b"0\r\n\r\n"])


def test_trailers_that_frame_or_authenticate_go_no_further():
    wire = b"0\r\nX: 1\r\nContent-Length: 4\r\nAuthorization: x\r\n\r\n"
    assert read(Chunked(hop_by_hop.trailers), [wire]) == (b"0\r\nX: 1\r\n\r\n", True, b"")


def test_a_broken_response_is_the_origins_fault():
    with pytest.raises(RemoteError):
        fed(Chunked(), b"x\r\n")


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8), st.lists(st.integers(1, 40), max_size=30))
def test_chunks_are_read_as_h11_reads_them(contents, cuts):
    wire = b"".join(b"%x\r\n%b\r\n" % (len(content), content) for content in contents) + b"0\r\n\r\n"
    content = bytearray()
    pieces, at = [], 0
    for cut in [*cuts, len(wire)]:
        pieces.append(wire[at : at + cut])
        at += cut
    assert read(Chunked(content=content), pieces) == (wire, True, b"")
    theirs = h11.Connection(h11.SERVER)
    theirs.receive_data(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + wire)
    events = iter(theirs.next_event, None)
    data = [
        event.data
        for event in itertools.takewhile(lambda e: not isinstance(e, h11.EndOfMessage), events)
        if hasattr(event, "data")
    ]
    assert bytes(content) == b"".join(data)


HEADS = {
    ("GET", "200 OK\r\nContent-Length: 3"): Counted,
    ("GET", "200 OK\r\nTransfer-Encoding: chunked"): Chunked,
    ("GET", "200 OK"): UntilClose,
    ("GET", "200 OK\r\nContent-Length: 0"): type(None),
    ("HEAD", "200 OK\r\nContent-Length: 3"): type(None),
    ("GET", "204 No\r\nTransfer-Encoding: chunked"): type(None),
    ("GET", "304 No\r\nContent-Length: 3"): type(None),
}


@pytest.mark.parametrize(("method", "text"), HEADS)
def test_the_head_says_how_a_response_ends(method, text):
    head = read_response(f"HTTP/1.1 {text}\r\n\r\n".encode())
    assert type(body_of_response(head, method.encode())) is HEADS[method, text]


CHUNKED = read_request(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
COUNTED = read_request(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")


def test_the_content_of_a_whole_body_and_its_trailers():
    assert content_of(CHUNKED, b"3\r\nabc\r\n0\r\nX: 1\r\n\r\n") == (b"abc", ((b"X", b"1"),))
    assert content_of(COUNTED, b"abc") == (b"abc", ())


class Upper:
    """Makes letters upper case, and says when it ends."""

    def begin(self):
        return lambda piece: piece.upper() if piece else b"!"


def test_a_body_is_rewritten_piece_by_piece():
    assert read(Rewritten(COUNTED, Upper(), chunked=False), (b"a", b"bcGET")) == (b"ABC!", True, b"GET")
    wire = (b"1\r\na\r\n", b"2\r\nbc\r\n0\r\n\r\nGET")
    assert read(Rewritten(CHUNKED, Upper(), chunked=False), wire) == (b"ABC!", True, b"GET")
    assert read(Rewritten(CHUNKED, Upper(), chunked=True), wire) == (b"1\r\nA\r\n3\r\nBC!\r\n0\r\n\r\n", True, b"GET")


def test_extensions_have_a_bound_of_their_own_and_more_where_there_is_content():
    reader = Chunked()
    with pytest.raises(FramingError, match="extensions"):
        reader.feed((b"1;" + b"x" * 1000 + b"\r\na\r\n") * 1000)
    reader = Chunked()
    for _ in range(1000):
        reader.feed(b"400;" + b"x" * 1000 + b"\r\n" + b"a" * 1024 + b"\r\n")
    assert reader.read == 1000 * 1024


def test_tiny_chunks_that_came_together_pass_as_one_piece_of_the_same_bytes():
    content, wire = bytearray(), b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n"
    reader = Chunked(content=content)
    assert reader.feed(wire + NEXT) == (wire, True, NEXT)
    assert (reader.read, content) == (20_000, b"x" * 20_000)
