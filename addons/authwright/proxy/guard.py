"""The guard: it computes a request's target and refuses requests that disagree with it (RFC 9110 section 7.1, RFC 9112 section 3).

A credential goes to the connection's target alone. The guard computes that target from the way of the bytes, never from a
``Host`` header. It refuses a request whose parts disagree, since another server may read the other part. It is pure: plain
values in, an origin out.

The guard refuses, whatever the target is, a head or target that could be read in two ways (400), and origin-form sent to a
forward proxy or requests to the proxy's own ports (403). A disagreement (421) matters only when one of the names has a
rule. :func:`names` lists them, so that the caller can let a request pass that concerns no rule at all.

The constants ``…_READS`` declare what each check reads. Caches of its verdict take their keys from there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ..errors import RequestError
from ..message import Headers, Request
from ..octets import text_of
from ..origin import DEFAULT_PORTS, Origin, canonical_host, parse_authority, without_userinfo
from ..rules.reads import Reads
from ..wire.grammar import NOT_IN_TARGET_BYTES, NOT_IN_VALUE_BYTES, TOKEN_BYTES

_ONCE: Final = (b"host", b"content-length", b"transfer-encoding")
_VERSIONS: Final = ("HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The facts of the connection, and the client's claims about its target.

    Args:
        method: the request method, as sent.
        target: path and query, as sent.
        fields: the header fields, as sent.
        http_version: ``HTTP/1.1`` and so on.
        multiplexed: whether the connection speaks HTTP/2 or later.
        authority: the request line's authority or ``:authority``; empty when there is none.
        forward: whether a forward proxy is asked, so that the request line must name the target.
        reverse: whether the proxy stands for one origin; ``Host`` and SNI then name the proxy.
        any_host: whether a reverse proxy may be called by any name (its clients give a password).
        scheme: ``http`` or ``https``, as the bytes will go.
        host: where the bytes go when the request line does not say (a tunnel, SOCKS, a reverse proxy).
        port: its port.
        tls: whether the client speaks TLS inside the tunnel.
        sni: the name in its ClientHello.
    """

    method: bytes
    target: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    http_version: str
    multiplexed: bool = False
    authority: bytes = b""
    forward: bool = True
    reverse: bool = False
    any_host: bool = False
    scheme: str = "http"
    host: str = ""
    port: int = 0
    tls: bool = False
    sni: str | None = None


CONNECTION: Final = frozenset(("multiplexed", "forward", "reverse", "any_host", "host", "port", "tls", "sni"))
"""The claims that are the same for every request of a client's connection."""
TARGET_READS: Final = Reads.of("forward", "scheme", "host", "port", "authority")
"""The facts that :func:`target` reads, apart from :func:`check_bytes`, which looks at every request anew."""
AGREE_READS: Final = Reads.of(
    "http_version", "multiplexed", "authority", "reverse", "any_host", "tls", "forward", "sni", headers=("Host",)
)
"""The facts that :func:`agree` and :func:`names` read, apart from the origin."""


def target(claims: Claims) -> Origin:
    """The origin the bytes go to.

    Raises:
        RequestError: ``malformed_head``, ``malformed_target`` or ``origin_form``.
    """
    check_bytes(claims)
    if not claims.forward:
        return Origin(claims.scheme, canonical_host(claims.host), claims.port)
    if not claims.authority:
        raise RequestError(
            "A forward proxy is asked with the whole URL, not with a path alone.",
            code="origin_form",
            hint="Set this address as the client's proxy; do not open it as a server.",
        )
    host, port = _parse(claims.authority)
    return Origin(claims.scheme, host, port or DEFAULT_PORTS[claims.scheme])


def tunnel_target(claims: Claims) -> tuple[str, int]:
    """Host and port that a CONNECT request names (RFC 9110 section 9.3.6).

    Raises:
        RequestError: it names none, or one that could be read in two ways.
    """
    _check_message(claims)
    host, port = _parse(claims.authority)
    if port is None:
        raise RequestError("CONNECT names no port.", code="malformed_target")
    return host, port


def agree(claims: Claims, origin: Origin) -> None:
    """Refuse unless every name the request gives is *origin*'s.

    Raises:
        RequestError: ``target_mismatch``, or ``malformed_target`` where a name is none.
    """
    hosts = claims_of_host(claims)
    if not hosts and (claims.http_version != "HTTP/1.0") and not (claims.multiplexed and claims.authority):
        raise RequestError("The request has no Host header.", code="malformed_head")
    if claims.reverse:
        _agree_reverse(claims, origin, hosts)
        return
    for label, text in _said(claims, hosts):
        host, port = _parse(text)
        if (host, port or DEFAULT_PORTS[origin.scheme]) != (origin.host, origin.port):
            raise _mismatch(f"The connection goes to {origin.authority}, but {label} says {_shown(text)}.")
    if claims.tls and not claims.forward:
        _agree_sni(claims.sni, origin)


def names(claims: Claims, origin: Origin) -> Iterator[tuple[str, int]]:
    """Every host and port the request names that can be read: its target's first."""
    yield origin.host, origin.port
    for _, text in _said(claims, claims_of_host(claims)):
        try:
            host, port = _parse(text)
        except RequestError:
            continue
        yield host, port or DEFAULT_PORTS[origin.scheme]
    if claims.sni and not claims.reverse:
        try:
            yield canonical_host(claims.sni), origin.port
        except RequestError:
            return


def is_own(host: str, port: int, listening: Iterable[tuple[str, int]]) -> bool:
    """True when *host* and *port* are one of the addresses the proxy itself listens on."""
    return any(port == own_port and (host == own_host or _is_here(host)) for own_host, own_port in listening)


def check_bytes(claims: Claims) -> None:
    """Refuse a head that two readers could read differently (RFC 9112 sections 2.2, 5, 6.1 and 11).

    Raises:
        RequestError: ``malformed_head`` or ``malformed_target``; never with a value in it.
    """
    _check_message(claims)
    check_target(claims.method, claims.target)


def check_target(method: bytes, target: bytes) -> None:
    """Refuse a path and query that two readers could read differently.

    Raises:
        RequestError: ``malformed_target``.
    """
    if NOT_IN_TARGET_BYTES.search(target):
        raise RequestError("The path holds a space, a control character, a fragment or a backslash.", code="malformed_target")
    if not target.startswith(b"/") and not (target == b"*" and method == b"OPTIONS"):
        raise RequestError("The path does not start with a slash.", code="malformed_target")


def _check_message(claims: Claims) -> None:
    if claims.http_version not in _VERSIONS or claims.multiplexed != (claims.http_version not in _VERSIONS[:2]):
        raise RequestError("The request line names another HTTP version than the connection speaks.", code="malformed_head")
    if not TOKEN_BYTES.match(claims.method):
        raise RequestError("The method is not a token.", code="malformed_head")
    check_fields(claims.fields)


def check_fields(fields: Iterable[tuple[bytes, bytes]]) -> None:
    """Refuse header fields that two readers could read differently.

    Raises:
        RequestError: ``malformed_head``; never with a value in it.
    """
    seen = set()
    for name, value in fields:
        if not TOKEN_BYTES.match(name):
            raise RequestError("A header name is not a token.", code="malformed_head")
        if NOT_IN_VALUE_BYTES.search(value):
            raise RequestError(
                f"The value of header {name.decode()} is folded or holds a control character.", code="malformed_head"
            )
        lower = name.lower()
        if lower in _ONCE:
            if lower in seen:
                raise RequestError(f"The header {name.decode()} stands there twice.", code="malformed_head")
            seen.add(lower)
    if b"content-length" in seen and b"transfer-encoding" in seen:
        raise RequestError("Content-Length and Transfer-Encoding contradict each other.", code="malformed_head")


def claims_of_host(claims: Claims) -> list[bytes]:
    """The values of the ``Host`` headers, as sent."""
    return [value for name, value in claims.fields if name.lower() == b"host"]


def _said(claims: Claims, hosts: list[bytes]) -> Iterator[tuple[str, bytes]]:
    if claims.authority:
        yield ":authority" if claims.multiplexed else "the URL", claims.authority
    for value in hosts:
        yield "Host", value


def _agree_sni(sni: str | None, origin: Origin) -> None:
    # RFC 6066 section 3: a literal address has no server name.
    if sni is None:
        if _address(origin.host) is None:
            raise _mismatch(f"The connection goes to {origin.authority}, but its TLS handshake named no server.")
    elif canonical_host(sni) != origin.host:
        raise _mismatch(f"The connection goes to {origin.authority}, but its TLS handshake named {sni[:200]!r}.")


def _agree_reverse(claims: Claims, origin: Origin, hosts: list[bytes]) -> None:
    """A page that rebinds its own name to this machine must not be taken for a client of the reverse proxy."""
    if claims.any_host:
        return
    for _, text in _said(claims, hosts):
        host, _ = _parse(text)
        if host != origin.host and _address(host) is None and not Origin("http", host, 80).is_loopback:
            raise _mismatch(f"This proxy stands for {origin.authority} and is not called {_shown(text)}.")
    if claims.authority and hosts:
        _agree_url(claims, origin, hosts[0])


def _agree_url(claims: Claims, origin: Origin, host: bytes) -> None:
    """A whole URL names the origin, or the proxy by the name that ``Host`` gives it: else two servers are asked for at once."""
    default = DEFAULT_PORTS["https" if claims.tls else "http"]
    (url, port), (named, named_port) = _parse(claims.authority), _parse(host)
    if (url, port or DEFAULT_PORTS[origin.scheme]) == (origin.host, origin.port):
        return
    if (url, port or default) != (named, named_port or default):
        raise _mismatch(f"The URL names {_shown(claims.authority)}, but Host says {_shown(host)}.")


def _parse(authority: bytes) -> tuple[str, int | None]:
    return parse_authority(text_of(authority))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_here(host: str) -> bool:
    address = _address(host)
    return Origin("http", host, 80).is_loopback or (address is not None and address.is_unspecified)


def shown(request: Request) -> Request:
    """A refused *request* as it may be kept and shown: no user information in its ``Host`` (RFC 3986 section 3.2.1)."""
    host = without_userinfo(request.authority)
    if host == request.authority:
        return request
    fields = [(name, host if name.lower() == "host" else value) for name, value in request.headers]
    return replace(request, authority=host, headers=Headers.of(fields))


def claimed(scheme: str, authority: bytes) -> Origin:
    """The destination that a request claims, unchecked and without user information; for messages alone.

    Args:
        scheme: ``http`` or ``https``.
        authority: what stands in the request line or in ``Host``.
    """
    said = without_userinfo(authority.decode("ascii", "replace"))
    host, _, port = said.rpartition(":")
    if host and port.isascii() and port.isdecimal():
        return Origin(scheme, host.strip("[]"), int(port))
    return Origin(scheme, said.strip("[]") or "-", DEFAULT_PORTS[scheme])


def _shown(text: bytes) -> str:
    return repr(without_userinfo(text.decode("ascii", "backslashreplace"))[:200])


def _mismatch(sentence: str) -> RequestError:
    return RequestError(sentence, code="target_mismatch", hint="Ask for the host that the connection goes to.")
