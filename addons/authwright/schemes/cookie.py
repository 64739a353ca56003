"""Cookies of a jar that learns from responses (RFC 6265bis), and a login by form that fills it.

The token store keeps the jar like a token. The access token is only the jar's name, so that cookies which change with a
response (a rotated session, a counter) do not look like another sign-in.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal
from urllib.parse import urljoin, urlsplit

from ..errors import InteractionRequired
from ..flow.bases import SchemeBase
from ..flow.commands import amend, forward, get_token, note
from ..flow.language import Flow
from ..flow.protocols import Remembering
from ..flow.token import Token
from ..message import Place, Request, Response
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire.cookie_files import JarError, read_jar
from ..wire.placement import in_cookie
from ..wire.set_cookie import StoredCookie as Baked
from .cookie_login import Login
from .cookie_source import CookieSource, FromFile, FromLogin, jar_of

_REDIRECTS = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewOn:
    """Which answers say that the session has ended."""

    status: tuple[str, ...] = param("Statuses.", default=("401",), example=["401", "419"])
    redirect: tuple[str, ...] = param(
        "Where an answer redirects to: a path or a whole URL, `*` for any characters. The login's own path without it.",
        default=(),
    )

    def __post_init__(self) -> None:
        for status in self.status:
            if not (status.isdecimal() and 300 <= int(status) <= 599):
                raise ParameterError("status", f"{status[:20]!r} is not a status that renews a session.", "status: [401]")

    def says_ended(self, request: Request, response: Response, usual: str) -> bool:
        """True when *response* says that the session has ended; *usual* is the path to use when no redirect is named."""
        if str(response.status) in self.status:
            return True
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or location is None:
            return False
        url = urljoin(request.url, location)
        path = urlsplit(url).path
        return any(fnmatchcase(path if one.startswith("/") else url, one) for one in self.redirect or (usual,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie(SchemeBase):
    """The cookies of a jar, which a file, a sign-in or what passes through the proxy fills."""

    type: ClassVar[str] = "cookie"

    jar: Secret = param(
        "Cookies to begin with: a `cookies.txt`, or JSON as browsers' add-ons, Playwright and newman write it.",
        default=Secret(""),
        example="${file:cookies.txt}",
    )
    login: Login | None = param("The request that signs in.", default=None)
    renew_on: RenewOn = param("Which answers say that the session has ended, so that the login is made again.", default=RenewOn())
    names: tuple[str, ...] = param("The cookies that authenticate; any that fits the request when none is named.", default=())
    learn: bool = param("Whether cookies that the answers set go into the jar.", default=True)
    when_empty: Literal["refuse", "pass"] = param(
        "What becomes of a request for which the jar has nothing: refused, or sent so that somebody can sign in through the proxy.",
        default="refuse",
    )

    def __post_init__(self) -> None:
        try:
            read_jar(self.jar.reveal())
        except JarError as error:
            raise ParameterError("jar", f"the jar cannot be read: {error}", "jar: ${file:cookies.txt}") from None
        if self.login is not None and self.when_empty == "pass":
            raise ParameterError("when_empty", "a jar with a login is never empty", "Leave one of them out")

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(Place("cookie", name) for name in self.names)

    def authorize(self, request: Request, ambient: Remembering) -> Flow[None]:
        source = ambient.recall(lambda: self._source(ambient.scope))
        token, baked = yield from self._fitting(source, request, ambient)
        response = yield from self._sent(request, baked)
        if self.login is not None and self.renew_on.says_ended(request, response, self.login.path):
            yield from note("cookies", f"the answer {response.status} says that the session has ended")
            token = yield from get_token(source, rejected=token)
            baked = self._of(token, request, ambient.now())
            response = yield from self._sent(request, baked)
        yield from self._learnt(source, request, response, ambient.now())

    def _source(self, scope: str) -> CookieSource:
        if self.login is None:
            return FromFile(scope=scope, jar=self.jar)
        return FromLogin(scope=scope, jar=self.jar, login=self.login, names=self.names)

    def _fitting(
        self, source: CookieSource, request: Request, ambient: Remembering
    ) -> Generator[Any, Any, tuple[Token, tuple[Baked, ...]]]:
        """The cookies for *request*. When the jar has none, the flow reads the store again or makes the login."""
        token = yield from get_token(source)
        baked = self._of(token, request, ambient.now())
        if not self._suffice(baked):
            token = yield from get_token(source, rejected=token)
            baked = self._of(token, request, ambient.now())
        if not self._suffice(baked) and self.when_empty == "refuse":
            wanted = f" {' and '.join(self.names)}" if self.names else ""
            raise InteractionRequired(
                f"The jar has no cookie{wanted} for {request.origin}{request.path}.",
                hint="Sign in through the proxy with when_empty: pass, give a login, or a newer jar.",
            )
        return token, baked

    def _of(self, token: Token, request: Request, now: datetime) -> tuple[Baked, ...]:
        return jar_of(token).for_request(request, now)

    def _suffice(self, baked: tuple[Baked, ...]) -> bool:
        return {*self.names} <= {one.name for one in baked} and bool(baked)

    def _sent(self, request: Request, baked: tuple[Baked, ...]) -> Generator[Any, Response, Response]:
        names = ", ".join(f"{one.name} ({one.domain}{one.path})" for one in baked)
        yield from note("cookies", names or "none: the jar is empty")
        for one in baked:
            request = in_cookie(request, one.name, one.value)
        return (yield from forward(request, *(Secret(one.value) for one in baked), judges=self.login is not None))

    def _learnt(self, source: CookieSource, request: Request, response: Response, now: datetime) -> Flow[None]:
        fields = response.headers.get_all("Set-Cookie")
        if not (self.learn and fields):
            return

        def change(token: Token) -> Token:
            before = jar_of(token)
            after = before.after(fields, request, now)
            return token if after == before else replace(token, cookies=Secret(after.to_json()))

        yield from amend(source, change)
