"""A cookie jar as a value: servers set cookies in it, requests get cookies from it (RFC 6265bis sections 5.7 and 5.8)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from ..message import Request
from .set_cookie import StoredCookie, domain_matches, parse_set_cookie

_MOST: Final = 600
_MOST_OF_A_DOMAIN: Final = 50
_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))


@dataclass(frozen=True, slots=True)
class Jar:
    """Cookies, the oldest first. No two have the same :attr:`~.set_cookie.StoredCookie.place`."""

    cookies: tuple[StoredCookie, ...] = ()

    def after(self, set_cookies: Iterable[str], request: Request, now: datetime) -> Jar:
        """This jar after the response to *request* set cookies.

        Args:
            set_cookies: the values of its ``Set-Cookie`` fields.
            request: the request that the server answered.
            now: the time.
        """
        jar = self
        for text in set_cookies:
            cookie = parse_set_cookie(text, request, now)
            if cookie is not None and not jar._guards_from(cookie, request):
                jar = jar.with_cookie(cookie)
        return jar.without_ended(now)

    def with_cookie(self, cookie: StoredCookie) -> Jar:
        """This jar with *cookie* in the place of its predecessor, or at the end."""
        if any(one.place == cookie.place for one in self.cookies):
            return Jar(tuple(cookie if one.place == cookie.place else one for one in self.cookies))
        kept = self.cookies[-(_MOST - 1) :]
        siblings = [one for one in kept if one.domain == cookie.domain]
        if len(siblings) >= _MOST_OF_A_DOMAIN:
            kept = tuple(one for one in kept if one is not siblings[0])
        return Jar((*kept, cookie))

    def without_ended(self, now: datetime) -> Jar:
        """This jar without the cookies that have expired by *now*."""
        return Jar(tuple(one for one in self.cookies if one.expires is None or one.expires > now))

    def for_request(self, request: Request, now: datetime) -> tuple[StoredCookie, ...]:
        """The cookies that *request* gets, those of longer paths first."""
        fitting = [one for one in self.without_ended(now).cookies if _fits(one, request)]
        return tuple(sorted(fitting, key=lambda one: -len(one.path)))

    def to_json(self) -> str:
        """The jar as text, secrets included: encrypt it."""
        return json.dumps([_plain(one) for one in self.cookies], separators=(",", ":"))

    @classmethod
    def of_json(cls, text: str) -> Jar:
        """The jar that :meth:`to_json` wrote.

        Raises:
            ValueError, KeyError, TypeError: it is no such text.
        """
        return cls(tuple(_cookie(**members) for members in json.loads(text)))

    def _guards_from(self, cookie: StoredCookie, request: Request) -> bool:
        """True when *cookie*, which came over plain http, would overlay a secure one (section 5.7, step 15)."""
        if cookie.secure or request.origin.scheme == "https":
            return False
        return any(
            one.secure and one.name == cookie.name and _overlap(one.domain, cookie.domain) and path_matches(cookie.path, one)
            for one in self.cookies
        )


def _overlap(one: str, other: str) -> bool:
    return domain_matches(one, other) or domain_matches(other, one)


def path_matches(path: str, cookie: StoredCookie) -> bool:
    """True when *path* matches the path of *cookie* (section 5.1.4)."""
    return path == cookie.path or (
        path.startswith(cookie.path) and (cookie.path.endswith("/") or path[len(cookie.path) :].startswith("/"))
    )


def _fits(cookie: StoredCookie, request: Request) -> bool:
    host = request.origin.host
    there = host == cookie.domain or (not cookie.host_only and domain_matches(host, cookie.domain))
    sealed = not cookie.secure or request.origin.scheme == "https" or request.origin.is_loopback
    return there and sealed and path_matches(request.path, cookie) and _of_same_site(cookie, request)


def _of_same_site(cookie: StoredCookie, request: Request) -> bool:
    """True when SameSite lets the cookie go along (section 5.2). Only browsers say that a request comes from another site."""
    if (request.headers.get("Sec-Fetch-Site") or "").strip().lower() != "cross-site" or cookie.same_site == "none":
        return True
    opens_page = (request.headers.get("Sec-Fetch-Mode") or "").strip().lower() == "navigate" and request.method in _SAFE
    return opens_page and cookie.same_site != "strict"


def _plain(cookie: StoredCookie) -> dict[str, Any]:
    return asdict(replace(cookie, expires=None)) | {"expires": cookie.expires.isoformat() if cookie.expires else None}


def _cookie(*, expires: str | None, **members: Any) -> StoredCookie:
    return StoredCookie(**members, expires=datetime.fromisoformat(expires) if expires else None)
