"""The origin (scheme, host, port) that a request goes to, in one canonical form (RFC 6454, RFC 3986 section 3.2.2).

Two spellings of one target must compare equal and two targets never, or a credential goes astray. So hosts are lower
case, without trailing dot, IDN as A-labels, and IP addresses in one notation each.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final, NamedTuple

from .errors import RequestError

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@\\\s]+)(?::([0-9]{1,5}))?\Z")
_AT = re.compile("[@\uff20\ufe6b]")
"""The character that ends user information; IDNA reads the wide and the small form like the plain one."""
_PORT = re.compile(r"[0-9]*(?:[/?#]|\Z)")
_NUMBER = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)\Z")


class Origin(NamedTuple):
    """A scheme, a canonical host and a port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """``host[:port]``, the port only where it is not the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if DEFAULT_PORTS.get(self.scheme) == self.port else f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """True when the host is this machine by its name or address (RFC 6761 section 6.3)."""
        return _is_loopback(self.host)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


class ProxiedOrigin(Origin):
    """An origin that is reached through another proxy, which the request goes to first.

    No host is this machine there: the bytes go to that proxy, and ``localhost`` is *its* machine.
    """

    __slots__ = ()

    @property
    def is_loopback(self) -> bool:
        """Never."""
        return False


@lru_cache(maxsize=4096)
def canonical_host(host: str) -> str:
    """*host* in canonical form.

    Args:
        host: a name, an IPv4 address in any notation the resolver takes, or an IPv6 address with or without brackets.

    Raises:
        RequestError: it is no host.
    """
    text = host.lower()
    if text.startswith("["):
        text = text[1:-1] if text.endswith("]") else ""
        if ":" not in text:
            raise _bad(host)
    elif text.endswith("."):
        text = text[:-1]
    if _NAME.match(text):
        return _ipv4(text, host) or text
    address = _ip(text)
    if address is not None:
        mapped = getattr(address, "ipv4_mapped", None)
        return str(mapped or address)
    if not text.isascii():
        return canonical_host(_a_labels(text, host))  # which may spell an address: U+00B2 becomes 2
    raise _bad(host)


@lru_cache(maxsize=4096)
def parse_authority(text: str) -> tuple[str, int | None]:
    """Split ``host[:port]``; the host comes back canonical.

    Raises:
        RequestError: it has user information, or is no authority at all.
    """
    if _AT.search(text):
        raise RequestError(
            "the URL holds user information before the host", code="malformed_target", hint="Put the credential into a rule"
        )
    match = _AUTHORITY.match(text)
    if not match:
        raise _bad(text)
    port = int(match[2]) if match[2] else None
    if port is not None and not 0 < port < 65536:
        raise RequestError(f"{text[:200]!r} has no valid port", code="malformed_target")
    return canonical_host(match[1]), port


@lru_cache(maxsize=4096)
def _is_loopback(host: str) -> bool:
    address = _ip(host)
    return is_loopback_name(host) or (address is not None and address.is_loopback)


def is_loopback_name(host: str) -> bool:
    """True when *host*, in lower case and without its trailing dot, is a name for this machine (RFC 6761 section 6.3).

    Our own connections to such a name go to a loopback address without asking a resolver.
    """
    return host == "localhost" or host.endswith(".localhost")


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if "%" in text:  # a zone (RFC 6874) names an interface of this machine, not a server
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _ipv4(text: str, original: str) -> str | None:
    """An address as ``inet_aton`` reads it (``127.1``, ``0x7f.0.0.1``, ``2130706433``), as WHATWG's URL standard says."""
    parts = text.split(".")
    if not _NUMBER.match(parts[-1]):
        return None
    if len(parts) > 4 or not all(_NUMBER.match(part) for part in parts):
        raise _bad(original)
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        raise _bad(original) from None
    *heads, tail = numbers
    if any(head > 255 for head in heads) or tail >= 256 ** (4 - len(heads)):
        raise _bad(original)
    value = tail + sum(head << (8 * (3 - index)) for index, head in enumerate(heads))
    return str(ipaddress.IPv4Address(value))


def _number(part: str) -> int:
    if part[:2] in ("0x", "0X"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if len(part) > 1 and part[0] == "0" else int(part)


def _a_labels(text: str, original: str) -> str:
    import idna  # only names outside ASCII need its tables

    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise _bad(original) from None


def without_userinfo(text: str) -> str:
    """A URL or an authority as it may be shown and kept: no user name or password in it (RFC 3986 section 3.2.1).

    What stands after a colon and is no port is left out too: it may be a password that a slash cut off from its host.

    Args:
        text: as the client said it; it may be malformed in any way.
    """
    scheme, separator, rest = text.partition("://") if "://" in text else ("", "", text)
    *hidden, rest = _AT.split(rest)
    host, colon, port = rest.partition(":") if not rest.startswith("[") else (rest, "", "")
    if colon and not _PORT.match(port) and _ip(rest) is None:
        rest = f"{host}:<hidden>"
    return f"{scheme}{separator}{'<hidden>@' if hidden else ''}{rest}"


def _bad(host: str) -> RequestError:
    return RequestError(f"{without_userinfo(host)[:200]!r} is not a host", code="malformed_target")
