"""A body that is heard passes as one that is not, and its content is heard without its framing."""

import hashlib
import itertools

from hypothesis import given
from hypothesis import strategies as st
from tests.ambients import NOON, Clock

from authwright.proxy.http1.framing import Framing, body_reader
from authwright.proxy.http1.head import read_response
from authwright.proxy.http1.heard import body_of_response, heard
from authwright.proxy.http1.upload import chunk
from authwright.record.bodies import PassingBodies, PassingBody
from authwright.record.events import BodyPassed

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def cut(wire, cuts):
    places = sorted({0, len(wire), *(each % (len(wire) + 1) for each in cuts)})
    return [wire[begin:end] for begin, end in itertools.pairwise(places)]


def framings(content, pieces):
    """Each way to frame *content*, and its wire."""
    return [
        *([(Framing(len(content)), content)] if content else []),
        (Framing(None, True), b"".join(chunk(piece) for piece in pieces if piece) + b"0\r\nX-T: 1\r\n\r\n"),
        (Framing(), content),
    ]


@given(st.lists(st.binary(max_size=20), max_size=6), st.lists(st.integers(0, 200), max_size=6), st.integers(0, 200))
def test_what_is_heard_is_the_content_however_it_is_framed_and_cut(pieces, cuts, until):
    content = b"".join(pieces)
    for framing, whole_wire in framings(content, pieces):
        for wire in (whole_wire, whole_wire[:until]):
            passing = PassingBody("response", Clock().now)
            plain, listened = body_reader(framing, status=200), heard(framing, passing, status=200)
            for data in cut(wire, cuts):
                assert listened.feed(data) == plain.feed(data)
            closed = (plain.close(), listened.close())
            assert closed[0] == closed[1]
            told = passing.event()
            assert told.content == content[: plain.read]
            assert (told.length, told.sha256) == (plain.read, hashlib.sha256(told.content).hexdigest())
            assert told.complete is (closed[0] or wire == whole_wire)


def test_a_response_without_a_body_is_not_heard():
    bodies = PassingBodies(Clock().now)
    assert body_of_response(read_response(CHUNKED), b"HEAD", bodies) is None
    assert body_of_response(read_response(CHUNKED.replace(b"200", b"204")), b"GET", bodies) is None
    assert bodies.among([]) == []


def test_a_torn_response_is_heard_up_to_its_last_byte():
    bodies = PassingBodies(Clock().now)
    body_of_response(read_response(CHUNKED), b"GET", bodies).feed(b"5\r\nab")
    assert bodies.among([]) == [BodyPassed("response", b"ab", 2, hashlib.sha256(b"ab").hexdigest(), False, NOON)]
