"""Parses a ``Set-Cookie`` field as a browser does (RFC 6265bis sections 5.1 to 5.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, Literal

from ..errors import RequestError
from ..message import Request
from ..origin import canonical_host
from .grammar import NOT_IN_VALUE

type SameSite = Literal["", "strict", "lax", "none"]

_LONGEST: Final = 4096
"""Octets of name and value together. The limit of an attribute's value is a quarter of it."""
_LONGEST_LIFE: Final = timedelta(days=400)
_DELIMITER: Final = re.compile(r"[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|\Z)")
_DAY: Final = re.compile(r"(\d{1,2})(?:\D|\Z)")
_YEAR: Final = re.compile(r"(\d{2,4})(?:\D|\Z)")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class StoredCookie:
    """One cookie of a jar.

    Args:
        name: its name; may be empty.
        value: the value that the server wants back.
        domain: the host it belongs to, canonical.
        host_only: whether it goes to that host alone, and not to those below it.
        path: the path it goes to, and to what is below.
        secure: whether it is kept from plain http.
        http_only: whether it is hidden from a page's scripts; kept for the export of the jar.
        same_site: the sites whose requests get it.
        expires: when it ends; ``None`` for one of a session.
    """

    name: str
    value: str = field(repr=False)
    domain: str
    host_only: bool = True
    path: str = "/"
    secure: bool = False
    http_only: bool = False
    same_site: SameSite = ""
    expires: datetime | None = None

    @property
    def place(self) -> tuple[str, str, bool, str]:
        """The identity of the cookie. A newer cookie with the same one replaces it."""
        return self.name, self.domain, self.host_only, self.path


def parse_set_cookie(text: str, request: Request, now: datetime) -> StoredCookie | None:
    """The cookie that the response to *request* sets; ``None`` when the jar must not keep it.

    A cookie that has already expired deletes its predecessor.
    """
    pair, *attributes = text.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    name, value = name.strip(" \t"), value.strip(" \t")
    if NOT_IN_VALUE.search(text) or not (name or value) or len(name) + len(value) > _LONGEST:
        return None
    known = _attributes(attributes)
    host = request.origin.host
    domain = _domain(known.get("domain", ""), host)
    if domain is None:
        return None
    path = known.get("path", "")
    cookie = StoredCookie(
        name,
        value,
        domain or host,
        host_only=not domain,
        path=path if path.startswith("/") else default_path(request.path),
        secure="secure" in known,
        http_only="httponly" in known,
        same_site=_same_site(known.get("samesite", "")),
        expires=_expires(known, now),
    )
    return cookie if _is_allowed(cookie, request, says_root=known.get("path") == "/") else None


def default_path(path: str) -> str:
    """The path of a cookie that names none (section 5.1.4)."""
    return path[: path.rfind("/")] or "/"


def cookie_date(text: str) -> datetime | None:
    """A date in any of the forms servers write (section 5.1.1); ``None`` when it is none."""
    found: dict[str, tuple[int, ...]] = {}
    for token in _DELIMITER.split(text):
        _read_part(token, found)
    if len(found) < 4:
        return None
    (year,), (month,), (day,), (hour, minute, second) = (found[part] for part in ("year", "month", "day", "time"))
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _read_part(token: str, found: dict[str, tuple[int, ...]]) -> None:
    if "time" not in found and (match := _TIME.match(token)):
        found["time"] = tuple(map(int, match.groups()))
    elif "day" not in found and (match := _DAY.match(token)):
        found["day"] = (int(match[1]),)
    elif "month" not in found and token[:3].lower() in _MONTHS:
        found["month"] = (_MONTHS.index(token[:3].lower()) + 1,)
    elif "year" not in found and (match := _YEAR.match(token)):
        found["year"] = (int(match[1]),)


def _attributes(parts: list[str]) -> dict[str, str]:
    """The attributes by name, the last of each. A malformed age or date does not count."""
    pairs = [(name.strip(" \t").lower(), value.strip(" \t")) for name, _, value in (part.partition("=") for part in parts)]
    return {name: value for name, value in pairs if len(value) <= _LONGEST // 4 and _counts(name, value)}


def _counts(name: str, value: str) -> bool:
    match name:
        case "max-age":
            return re.fullmatch(r"-?\d+", value) is not None
        case "expires":
            return cookie_date(value) is not None
        case _:
            return True


def _domain(attribute: str, host: str) -> str | None:
    """The domain the cookie goes to; empty when it goes to *host* alone, ``None`` when it must not be kept."""
    wanted = attribute.removeprefix(".")
    if not wanted:
        return ""
    try:
        domain = canonical_host(wanted)
    except RequestError:
        return None
    if is_public_suffix(domain):
        return "" if domain == host else None
    return domain if domain_matches(host, domain) else None


def domain_matches(host: str, domain: str) -> bool:
    """True when *host* is *domain* or a name below it (section 5.1.3)."""
    return host == domain or (host.endswith(f".{domain}") and not re.fullmatch(r"[\d.]+|.*:.*", host))


def is_public_suffix(domain: str) -> bool:
    """True when the public may register names below *domain*, as with ``co.uk`` (https://publicsuffix.org)."""
    return "." not in domain or bool(_suffixes().is_public(domain))


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # takes 150 ms, so only a Domain attribute loads it

    return PublicSuffixList()


def _same_site(word: str) -> SameSite:
    match word.lower():
        case "strict" | "lax" | "none" as known:
            return known
        case _:
            return ""


def _expires(known: Mapping[str, str], now: datetime) -> datetime | None:
    """When the cookie expires. Max-Age counts before Expires, and no cookie lives longer than :data:`_LONGEST_LIFE`."""
    if "max-age" in known:
        seconds = min(int(known["max-age"][:10]), int(_LONGEST_LIFE.total_seconds()))
        return now + timedelta(seconds=seconds) if seconds > 0 else datetime.min.replace(tzinfo=UTC)
    end = cookie_date(known.get("expires", ""))
    return min(end, now + _LONGEST_LIFE) if end is not None else None


def _is_allowed(cookie: StoredCookie, request: Request, *, says_root: bool) -> bool:
    trusted = request.origin.scheme == "https" or request.origin.is_loopback
    if (cookie.secure and not trusted) or (cookie.same_site == "none" and not cookie.secure):
        return False
    name = cookie.name.lower()
    if name.startswith("__host-"):
        return cookie.secure and cookie.host_only and says_root
    return cookie.secure or not name.startswith("__secure-")
