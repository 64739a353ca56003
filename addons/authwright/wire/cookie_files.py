"""Cookie jars of other programs: Netscape's ``cookies.txt`` (curl, wget, browsers' add-ons) and JSON.

JSON is read as Playwright's storage state, browsers' add-ons (a list with ``expirationDate``) and tough-cookie write it,
which newman and Postman use (``key`` instead of ``name``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ..errors import RequestError
from ..origin import canonical_host
from .cookie_jar import Jar
from .set_cookie import SameSite, StoredCookie, cookie_date

_HTTP_ONLY: Final = "#HttpOnly_"
_SAME_SITE: Final[Mapping[str, SameSite]] = {"strict": "strict", "lax": "lax", "none": "none", "no_restriction": "none"}


class JarError(ValueError):
    """A file is no cookie jar. The sentence says where, and quotes nothing."""


def read_jar(text: str) -> Jar:
    """The cookies of a file.

    Raises:
        JarError: it is in neither format.
    """
    cookies = _of_json(text) if text.lstrip()[:1] in ("[", "{") else _of_netscape(text)
    jar = Jar()
    for cookie in cookies:
        jar = jar.with_cookie(cookie)
    return jar


def _of_netscape(text: str) -> Iterable[StoredCookie]:
    for number, line in enumerate(text.splitlines(), 1):
        http_only = line.startswith(_HTTP_ONLY)
        if not line.strip() or (line.startswith("#") and not http_only):
            continue
        fields = line.removeprefix(_HTTP_ONLY).split("\t")
        if len(fields) not in (6, 7):
            raise JarError(f"line {number} has {len(fields)} fields separated by tabs, and a cookie has 7")
        domain, below, path, secure, expires, name = fields[:6]
        yield StoredCookie(
            name,
            fields[6] if len(fields) == 7 else "",
            _host(domain, f"line {number}"),
            host_only=below.upper() != "TRUE",
            path=path or "/",
            secure=secure.upper() == "TRUE",
            http_only=http_only,
            expires=_moment(expires, f"line {number}"),
        )


def _of_json(text: str) -> Iterable[StoredCookie]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise JarError(f"it is not JSON: {error.msg} in line {error.lineno}") from None
    found = document.get("cookies") if isinstance(document, dict) else document
    if not isinstance(found, list):
        raise JarError("it holds no list of cookies")
    for number, members in enumerate(found, 1):
        yield _of_members(members, f"cookie {number}")


def _of_members(members: Any, where: str) -> StoredCookie:
    if not isinstance(members, dict) or not isinstance(members.get("domain"), str):
        raise JarError(f"{where} has no domain")
    domain = members["domain"]
    host_only = members.get("hostOnly")
    return StoredCookie(
        str(members.get("name", members.get("key", ""))),
        str(members.get("value", "")),
        _host(domain, where),
        host_only=host_only if isinstance(host_only, bool) else not domain.startswith("."),
        path=str(members.get("path") or "/"),
        secure=members.get("secure") is True,
        http_only=members.get("httpOnly") is True,
        same_site=_SAME_SITE.get(str(members.get("sameSite", "")).lower(), ""),
        expires=_moment(members.get("expirationDate", members.get("expires")), where),
    )


def _host(domain: str, where: str) -> str:
    try:
        return canonical_host(domain.removeprefix("."))
    except RequestError:
        raise JarError(f"{where} has a domain that is none") from None


def _moment(value: Any, where: str) -> datetime | None:
    """A time in seconds since 1970 or as a date; 0, -1, ``Infinity`` and nothing stand for the session's end."""
    if value in (None, "", "Infinity", -1, 0, "0", "-1"):
        return None
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    try:
        known = datetime.fromisoformat(str(value))
        return known if known.tzinfo else known.replace(tzinfo=UTC)
    except ValueError:
        if (date := cookie_date(str(value))) is not None:
            return date
        raise JarError(f"{where} ends at a time that cannot be read") from None
