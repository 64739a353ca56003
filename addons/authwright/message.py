"""HTTP messages as values: immutable, ordered, without I/O.

Header fields and targets are text that stands for bytes (``octets``), so the proxy sends on every byte that a client sent.
Only the origin is normalised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple, Protocol
from urllib.parse import quote

from .errors import RequestError
from .origin import DEFAULT_PORTS, Origin, parse_authority, without_userinfo

type Where = Literal["header", "query", "cookie", "body"]


class Place(NamedTuple):
    """The place of a credential in a request: a header field, a query parameter or a cookie, by name.

    The proxy removes what the client put there before it authorises the request. When the scheme ``learns`` from the client's
    value, the value stays for the scheme, which removes it itself.
    """

    where: Where
    name: str
    learns: bool = False


class Change(NamedTuple):
    """One difference between a request as it came and as it leaves."""

    kind: Literal["set", "remove"]
    where: Where
    name: str
    value: str


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """A header name as lax servers compare it: ``X_Api_Key`` and ``X Api Key`` reach them as ``X-Api-Key``."""
    return name.lower().replace("_", "-").replace(" ", "-")


@dataclass(frozen=True)
class Headers:
    """An ordered multi-map of header fields; names compare without case."""

    fields: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _first(self) -> dict[str, str]:
        """The first value of each name. Each request looks up a dozen names."""
        return {name.lower(): value for name, value in reversed(self.fields)}

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset([fold(name) for name, _ in self.fields])

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> Headers:
        """Headers from any iterable of pairs."""
        return cls(tuple((str(name), str(value)) for name, value in fields))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.fields)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def get(self, name: str) -> str | None:
        """The first value of *name*."""
        return self._first.get(name.lower())

    def get_all(self, name: str) -> list[str]:
        """Every value of *name*, in order."""
        wanted = name.lower()
        return [value for key, value in self.fields if key.lower() == wanted] if wanted in self._first else []

    def resembles(self, name: str) -> bool:
        """True when there is *name* or one of its look-alikes (see :func:`fold`)."""
        return fold(name) in self._folded

    def with_field(self, name: str, value: str) -> Headers:
        """These headers with exactly one *name*, at the end; look-alikes (see :func:`fold`) are gone."""
        return Headers((*self.without(name).fields, (name, value)))

    def without(self, name: str) -> Headers:
        """These headers without *name* and without its look-alikes."""
        return self.without_any(frozenset((fold(name),)))

    def without_any(self, folded: frozenset[str]) -> Headers:
        """These headers without all that :func:`fold` makes one of *folded*."""
        if self._folded.isdisjoint(folded):
            return self
        return Headers(tuple([f for f in self.fields if fold(f[0]) not in folded]))


class Rewriter(Protocol):
    """Rewrites a body that streams past, piece by piece."""

    def begin(self) -> Callable[[bytes], bytes]:
        """Begin one body. Call the result with each piece, and last with ``b""``; it returns the bytes to send instead.

        It may hold back an incomplete piece. It raises RequestError when the body is not what its head says.
        """


@dataclass(frozen=True, slots=True)
class Request:
    """A request that a client sends to an origin.

    ``target`` is path and query exactly as sent; ``authority`` is how the client spelt host and port.
    ``body`` is empty when the body streams past: only a scheme whose ``reads_body`` says so gets it. ``streamed`` says that the
    client's body streams past unread and can be sent once; without it the request is whole and carries its body. ``rewrite``
    rewrites a body that streams past; the head already has the length of the rewritten body.
    """

    method: str
    origin: Origin
    target: str
    headers: Headers = Headers()
    body: bytes = field(default=b"", repr=False)
    authority: str = ""
    streamed: bool = False
    rewrite: Rewriter | None = None

    @classmethod
    def of(cls, method: str, url: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> Request:
        """A request from an absolute URL.

        Raises:
            RequestError: the URL is not http(s), has user information or a fragment, or names no host.
        """
        scheme, separator, rest = url.partition("://")
        scheme = scheme.lower()
        if not separator or scheme not in DEFAULT_PORTS:
            raise RequestError(
                f"{without_userinfo(url)[:200]!r} is not an http or https URL",
                code="malformed_target",
                hint="Write it whole: https://host/path",
            )
        cut = min((i for i in (rest.find(c) for c in "/?#") if i >= 0), default=len(rest))
        authority, target = rest[:cut], rest[cut:]
        if "#" in target:
            raise RequestError("the URL has a fragment, which is never sent to a server", code="malformed_target")
        host, port = parse_authority(authority)
        if not target.startswith("/"):
            target = "/" + target
        origin = Origin(scheme, host, port or DEFAULT_PORTS[scheme])
        return cls(method, origin, quote(target, safe=_SENT_AS_IS), Headers.of(headers), body, authority)

    @property
    def url(self) -> str:
        """The absolute URL, as the client spelt it."""
        return f"{self.origin.scheme}://{self.authority or self.origin.authority}{self.target}"

    @property
    def path(self) -> str:
        """The path, raw."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query without its question mark, raw."""
        return self.target.partition("?")[2]

    def with_header(self, name: str, value: str) -> Request:
        """This request with exactly one header *name*."""
        return self.with_headers(self.headers.with_field(name, value))

    def with_headers(self, headers: Headers) -> Request:
        """This request with other headers."""
        # Spelt out for speed, as every request passes here: dataclasses.replace takes three times as long.
        return Request(self.method, self.origin, self.target, headers, self.body, self.authority, self.streamed, self.rewrite)

    def with_body(self, body: bytes) -> Request:
        """This request whole, with *body*."""
        return Request(self.method, self.origin, self.target, self.headers, body, self.authority)

    def with_target(self, target: str) -> Request:
        """This request for another path and query of the same origin."""
        return replace(self, target=target)


def is_probe(asked: Request, sent: Request) -> bool:
    """True when *sent* is a probe before the client's request *asked*, whose body can be sent once."""
    return asked.streamed and not sent.streamed


_SENT_AS_IS = "".join(map(chr, range(0x21, 0x7F)))
"""The characters of a URL that stay. All others, such as spaces and letters outside ASCII, are percent-encoded as UTF-8."""


@dataclass(frozen=True, slots=True)
class Response:
    """A server's response. ``body`` is empty when the body streams past."""

    status: int
    headers: Headers = Headers()
    body: bytes = field(default=b"", repr=False)


def changes(before: Request, after: Request) -> tuple[Change, ...]:
    """The changes that turn *before* into *after*, in the order: removed, then set."""
    removed: list[Change] = []
    added: list[Change] = []
    if before.headers is not after.headers:
        gone, new = _difference(before.headers.fields, after.headers.fields)
        removed += [Change("remove", "header", name, value) for name, value in gone]
        added += [Change("set", "header", name, value) for name, value in new]
    if before.target != after.target:
        gone, new = _difference(_pairs(before.query), _pairs(after.query))
        removed += [Change("remove", "query", name, value) for name, value in gone]
        added += [Change("set", "query", name, value) for name, value in new]
    if before.body != after.body:
        added.append(Change("set", "body", "", after.body.decode("utf-8", "replace")))
    return (*removed, *added)


type _Pairs = tuple[tuple[str, str], ...]


def _pairs(query: str) -> _Pairs:
    return tuple((name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part))


def _difference(before: _Pairs, after: _Pairs) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    rest = list(after)
    gone = []
    for pair in before:
        if pair in rest:
            rest.remove(pair)
        else:
            gone.append(pair)
    return gone, rest
