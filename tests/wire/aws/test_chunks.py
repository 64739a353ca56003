"""A body's chunks are signed anew while it goes past, however it is cut up, and nothing malformed goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.errors import RequestError
from authwright.secret import Secret
from authwright.wire.aws.chunks import LARGEST, ChunkSigner
from authwright.wire.aws.signature import Scope, signing_key

# Amazon S3 API reference, "Transferring payload in multiple chunks" and "Including trailing headers": their examples.
SCOPE = Scope("20130524", "us-east-1", "s3")
KEY = signing_key(Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), SCOPE)
SIGNED = (
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
SIGNED_TRAILER = (
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
)
DUMMY = ("0" * 64,) * 5


def signer(signatures):
    return ChunkSigner(KEY, "20130524T000000Z", SCOPE, signatures[0], trailer=len(signatures) == 5)


def chunk(data, signature):
    return b"%x;chunk-signature=%b\r\n%b" % (len(data), signature.encode(), data + b"\r\n" if data else b"")


def body(signatures, chunks=(b"a" * 65536, b"a" * 1024, b"")):
    """The body of the examples, with these signatures: the request's, the chunks', the trailer's."""
    parts = [chunk(data, signature) for data, signature in zip(chunks, signatures[1:], strict=False)]
    trailer = b"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:%b\r\n" % signatures[-1].encode()
    return b"".join(parts) + (trailer if len(signatures) == 5 else b"") + b"\r\n"


def fed(to, data, size):
    feed = to.begin()
    return b"".join([*(feed(data[at : at + size]) for at in range(0, len(data), size)), feed(b"")])


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
@pytest.mark.parametrize("published", [SIGNED, SIGNED_TRAILER], ids=["signed", "signed with a trailer"])
def test_the_published_bodies_come_of_any_others(published, size):
    dummy = body(DUMMY[: len(published)])
    assert fed(signer(published), dummy, size) == body(published)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), st.lists(st.integers(1, 60), min_size=1, max_size=5))
def test_it_does_not_matter_how_it_is_cut_up(chunks, cuts):
    data = b"".join(chunk(each, "0" * 64) for each in [*chunks, b""]) + b"\r\n"
    to = ChunkSigner(KEY, "20130524T000000Z", SCOPE, "0" * 64)
    feed, pieces, rest = to.begin(), [], data
    while rest:
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(feed(rest[:size]))
        rest = rest[size:]
    assert b"".join([*pieces, feed(b"")]) == fed(to, data, len(data))


def test_a_trailer_may_be_spelt_in_other_ways():
    other = body(DUMMY).replace(b"x-amz-checksum-crc32c:sOO8/Q==\r\n", b"X-Amz-Checksum-Crc32c: sOO8/Q==\n\r\n")
    assert SIGNED_TRAILER[-1].encode() in fed(signer(SIGNED_TRAILER), other, 100)


CHUNK = b"1;chunk-signature=" + b"0" * 64 + b"\r\na\r\n"
LAST = b"0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n"
MALFORMED = {
    "no signature": (b"1\r\na\r\n0\r\n\r\n", "does not begin with its size"),
    "a signature of another length": (CHUNK.replace(b"0" * 64, b"0" * 144), "does not begin with its size"),
    "a size that is none": (b"-" + CHUNK, "does not begin with its size"),
    "a size that is wrong": (CHUNK.replace(b"a\r\n", b"ab\r\n"), "does not end where its size says"),
    "a chunk without end": (b"%x" % (LARGEST + 1) + CHUNK[1:], "larger than the 16 MiB"),
    "a line without end": (b"1;chunk-signature=" + b"0" * 2000, "a line has no end"),
    "an end in the middle": (CHUNK, "it ends in the middle"),
    "something after its end": (LAST + b"x", "something follows its end"),
    "something after its end, later": (LAST, "something follows its end"),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_not_such_a_body_does_not_go_on(what):
    data, sentence = MALFORMED[what]
    feed = signer(SIGNED).begin()
    with pytest.raises(RequestError, match=sentence) as caught:
        feed(data), feed(b"x" if "later" in what else b"")
    assert caught.value.code == "malformed_body"


def test_trailing_headers_have_an_end():
    endless = body(DUMMY).replace(b"x-amz-trailer-signature", b"x-a") + b"x-a:b\r\n" * 3000
    with pytest.raises(RequestError, match="no end"):
        fed(signer(SIGNED_TRAILER), endless, len(endless))
