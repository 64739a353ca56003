"""The chunk signatures of ``aws-chunked`` bodies, made anew while a body goes past.

Amazon S3 API reference, "Transferring payload in multiple chunks" and "Including trailing headers". Each chunk's signature
covers its bytes and the signature before it; the first one is the request's own. Sizes stay as they are, so the body's
length does too, and no more than one chunk is held.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ...errors import RequestError
from ...message import Request
from .signature import Scope, sha256, signature
from .signer import Signer

_SIGNED_TRAILER: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
SIGNED: Final = frozenset(("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", _SIGNED_TRAILER))
UNSIGNED_TRAILER: Final = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
"""Such a body's trailing headers hold a checksum and no signature. The proxy passes the body on as it is."""
STREAMING: Final = SIGNED | {UNSIGNED_TRAILER}

LARGEST: Final = 16 << 20
"""Bytes of the largest chunk that is held; clients send 64 KiB to 1 MiB."""

_LONGEST_LINE: Final = 1024
_LONGEST_TRAILER: Final = 8192
_EXTENSION: Final = b";chunk-signature="
_TRAILER_SIGNATURE: Final = b"x-amz-trailer-signature"
_HEX: Final = frozenset(b"0123456789abcdef")
_NOTHING: Final = sha256(b"")
_END: Final = object()


@dataclass(frozen=True, slots=True)
class ChunkSigner:
    """Signs each chunk of a body.

    Args:
        key: the signing key.
        amz_date: when the request was signed.
        scope: its credential scope.
        seed: the request's signature.
        trailer: whether signed trailing headers follow the last chunk.
    """

    key: bytes
    amz_date: str
    scope: Scope
    seed: str
    trailer: bool = False

    def begin(self) -> Callable[[bytes], bytes]:
        """See :class:`~authwright.message.Rewriter`."""
        return _Body(self).feed

    def chunk(self, previous: str, data: bytes) -> str:
        """The signature of one chunk that follows *previous*."""
        return self._sign("PAYLOAD", previous, f"{_NOTHING}\n{sha256(data)}")

    def trailing(self, previous: str, lines: bytes) -> str:
        """The signature of the trailing headers, each ended by a line feed."""
        return self._sign("TRAILER", previous, sha256(lines))

    def _sign(self, what: str, previous: str, rest: str) -> str:
        return signature(self.key, f"AWS4-HMAC-SHA256-{what}\n{self.amz_date}\n{self.scope}\n{previous}\n{rest}")


def rechunked(request: Request, signer: Signer, seed: str) -> Request:
    """*request*, whose signature is *seed*, with the chunks of its body signed, or about to be when it streams past."""
    chunks = ChunkSigner(signer.key, signer.amz_date, signer.scope, seed, trailer=signer.payload == _SIGNED_TRAILER)
    if request.streamed:
        return replace(request, rewrite=chunks)
    rewrite = chunks.begin()
    return replace(request, body=rewrite(request.body) + rewrite(b""))


class _Body:
    """One body on its way. The generators that read it yield when they need more of it."""

    def __init__(self, signer: ChunkSigner) -> None:
        self._signer = signer
        self._in = bytearray()
        self._out = bytearray()
        self._steps = self._resigned()
        self._ended = False

    def feed(self, data: bytes) -> bytes:
        """The bytes to send instead of *data*, as far as its chunks are complete; ``b""`` ends the body."""
        self._in += data
        if not self._ended:
            self._ended = next(self._steps, _END) is _END
        if self._ended and self._in:
            raise _malformed("something follows its end")
        if not (data or self._ended):
            raise _malformed("it ends in the middle")
        ready = bytes(self._out)
        self._out.clear()
        return ready

    def _resigned(self) -> Iterator[None]:
        previous, size = self._signer.seed, b""
        while size.strip(b"0") or not size:
            size = yield from self._size()
            data = yield from self._exactly(int(size, 16))
            previous = self._signer.chunk(previous, data)
            self._out += b"%b%b%b\r\n%b" % (size, _EXTENSION, previous.encode(), data)
            if data:
                yield from self._line_end()
        if self._signer.trailer:
            yield from self._trailer(previous)
        yield from self._line_end()

    def _trailer(self, previous: str) -> Generator[None, None, None]:
        covered = b""
        while len(covered) < _LONGEST_TRAILER:
            line = yield from self._line()
            name, colon, value = line.rstrip(b"\r\n").partition(b":")
            if name.lower() == _TRAILER_SIGNATURE:
                self._out += name + colon + self._signer.trailing(previous, covered).encode() + b"\r\n"
                return
            self._out += line
            if colon:
                covered += name.strip().lower() + b":" + value.strip() + b"\n"
        raise _malformed("its trailing headers have no end")

    def _size(self) -> Generator[None, None, bytes]:
        line = yield from self._line()
        size, extension, old = line.rstrip(b"\r\n").partition(_EXTENSION)
        # A signature of another length would make another length of the whole body, which its head has named already.
        if not (extension and 0 < len(size) <= 8 and _HEX.issuperset(size.lower()) and len(old) == 64 and _HEX.issuperset(old)):
            raise _malformed("a chunk does not begin with its size and signature")
        if int(size, 16) > LARGEST:
            raise _malformed(f"a chunk is larger than the {LARGEST >> 20} MiB that are held")
        return size

    def _line(self) -> Generator[None, None, bytes]:
        while (end := self._in.find(b"\n") + 1) == 0:
            if len(self._in) > _LONGEST_LINE:
                raise _malformed("a line has no end")
            yield
        return self._taken(end)

    def _exactly(self, size: int) -> Generator[None, None, bytes]:
        while len(self._in) < size:
            yield
        return self._taken(size)

    def _line_end(self) -> Generator[None, None, None]:
        if (yield from self._exactly(2)) != b"\r\n":
            raise _malformed("a chunk does not end where its size says")
        self._out += b"\r\n"

    def _taken(self, size: int) -> bytes:
        data = bytes(self._in[:size])
        del self._in[:size]
        return data


def _malformed(what: str) -> RequestError:
    return RequestError(
        f"The aws-chunked body cannot be signed again: {what}.",
        code="malformed_body",
        hint="See that the client sends the form of body that its x-amz-content-sha256 header names.",
    )
