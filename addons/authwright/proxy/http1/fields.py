"""A block of header fields (RFC 9112 section 5). It is read once and kept, since a client repeats it on each request.

The reader is strict. It refuses a line that is not a token, a colon and a value without control characters, obsolete line
folding, bare line feeds, and every block that two readers could frame in two ways (RFC 9112 section 6.3).
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Final

from ...errors import RequestError
from ...message import Headers, fold
from ...rules import policy
from .. import guard, hop_by_hop
from .framing import Framing, request_framing
from .lines import BLOCK, MOST_FIELDS, FieldPairs, block_of, pairs_of, text_pairs, with_host

_POLICY_HEADERS: Final = frozenset(name.encode() for name in policy.READS.headers)


class Fields:
    """The fields of a request, and what they say about the message and the connection.

    Args:
        pairs: name and value, as sent.

    Raises:
        RequestError: ``malformed_head``.

    Attributes:
        host: the value of ``Host``.
        framing: where the body ends.
        expects_continue: whether the client waits for ``100 Continue`` before it sends its body.
        close: whether the client wants its connection closed afterwards.
        upgrade: the protocols it would switch to, in lower case; empty for none.
        judged: whether the policy of a rule reads any of the fields, so that no shortcut may skip it.
    """

    def __init__(self, pairs: FieldPairs) -> None:
        guard.check_fields(pairs)
        self.pairs = pairs
        by_name: dict[bytes, bytes] = {}
        for name, value in pairs:
            lower = name.lower()
            by_name[lower] = by_name[lower] + b"," + value if lower in by_name else value
        self.host = by_name.get(b"host")
        self.framing: Framing = request_framing(by_name.get(b"content-length"), by_name.get(b"transfer-encoding"))
        self.expects_continue = _continue(by_name.get(b"expect"))
        options = {option.strip(b" \t") for option in by_name.get(b"connection", b"").lower().split(b",")}
        self.close = b"close" in options
        self.upgrade = by_name.get(b"upgrade", b"").lower() if b"upgrade" in options else b""
        self.judged = not _POLICY_HEADERS.isdisjoint(by_name)
        self._blocks: dict[tuple[str, bytes], bytes] = {}
        self._headers: dict[bytes, Headers] = {}

    @cached_property
    def forwardable(self) -> FieldPairs:
        """The fields that go on to the origin; ``Expect`` does not, since the proxy answers it."""
        return tuple(pair for pair in hop_by_hop.forwardable(self.pairs).fields if pair[0].lower() != b"expect")

    @cached_property
    def folded(self) -> frozenset[str]:
        """The names of the forwarded fields, as lax servers compare them."""
        return frozenset(_fold(name) for name, _ in self.forwardable)

    def block(self, without: str = "", host: bytes = b"") -> bytes:
        """The forwarded fields as lines.

        Args:
            without: the folded name of fields that are left out; empty for none.
            host: another value for ``Host``; empty for the client's.
        """
        found = self._blocks.get((without, host))
        if found is None:
            pairs = self.forwardable if not without else [pair for pair in self.forwardable if _fold(pair[0]) != without]
            found = self._blocks[without, host] = block_of(with_host(pairs, host) if host else pairs)
        return found

    def headers(self, host: bytes = b"") -> Headers:
        """The forwarded fields as text that stands for the bytes, with another *host* when one is given."""
        found = self._headers.get(host)
        if found is None:
            pairs = with_host(self.forwardable, host) if host else self.forwardable
            found = self._headers[host] = Headers(text_pairs(pairs))
        return found


def read(block: bytes) -> Fields:
    """The fields of *block*, each line with its line end.

    Raises:
        RequestError: ``malformed_head``; never with a value in it.
    """
    return _kept(block) if len(block) <= _KEPT_UP_TO else _read(block)


def _read(block: bytes) -> Fields:
    if block.count(b"\n") > MOST_FIELDS:
        raise RequestError(f"The head has more than {MOST_FIELDS} fields.", code="malformed_head")
    if not BLOCK.fullmatch(block):
        raise RequestError("A header line is not a name, a colon and a value.", code="malformed_head")
    return Fields(pairs_of(block))


_KEPT_UP_TO: Final = 4096
"""Bytes of a block that is kept."""
_kept = lru_cache(512)(_read)


@lru_cache(4096)
def _fold(name: bytes) -> str:
    return fold(name.decode("ascii"))


def _continue(value: bytes | None) -> bool:
    if value is not None and value.lower() != b"100-continue":
        raise RequestError("The Expect header asks for something else than 100-continue.", code="malformed_head")
    return value is not None
