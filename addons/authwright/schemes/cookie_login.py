"""Signs in with a form or JSON, as a login page does; a page with a CSRF token is requested first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any, Final, Literal
from urllib.parse import unquote, urljoin, urlsplit

from ..errors import TokenEndpointError
from ..flow.commands import fetch
from ..flow.language import Flow
from ..message import Request, Response
from ..parameters import ParameterError, param
from ..wire.cookie_jar import Jar
from ..wire.endpoint import check_endpoint
from ..wire.form import MEDIA_TYPE, urlencode_form
from ..wire.placement import in_cookie

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Csrf:
    """A token against cross-site request forgery, read before the login and sent with it."""

    url: str = param("The page that gives it; the login's own URL without it.", default="")
    field: str = param("The name of the page's hidden field or meta element that holds it.", default="")
    cookie: str = param("The cookie that holds it, instead of a field.", default="")
    send_as: str = param("The login's field that takes it; the same name without it.", default="")
    header: str = param("The header that takes it, instead of a field.", default="", example="X-CSRF-Token")

    def __post_init__(self) -> None:
        if bool(self.field) == bool(self.cookie):
            raise ParameterError("field", "a CSRF token is read from a field or from a cookie", "csrf: {field: csrf_token}")
        if self.url:
            check_endpoint("url", self.url)

    def read(self, page: Response, jar: Jar) -> str | None:
        """The token in *page*; ``None`` when it has none."""
        if self.cookie:
            return next((unquote(one.value) for one in jar.cookies if one.name == self.cookie), None)
        reader = _FieldReader(self.field)
        reader.feed(page.body.decode("utf-8", "replace"))
        return reader.value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Login:
    """The request that signs in; its answer sets the cookies. Any of the fields may be a secret."""

    url: str = param("Where the login form goes.", example="https://app.example.com/login")
    method: Literal["POST", "PUT", "GET"] = param("The method.", default="POST")
    form: Mapping[str, str] = param("The fields of a form.", default=_NOTHING)
    json: Mapping[str, Any] = param("The members of a JSON object, instead of a form.", default=_NOTHING)
    header: Mapping[str, str] = param("Further header fields.", default=_NOTHING, advanced=True)
    csrf: Csrf | None = param("The CSRF token to read first.", default=None)

    def __post_init__(self) -> None:
        check_endpoint("url", self.url)
        if bool(self.form) == bool(self.json):
            raise ParameterError("form", "a login has the fields of a form or a JSON object", "form: {username: …, password: …}")

    def __hash__(self) -> int:
        return hash((self.method, self.url))  # the mappings have no hash

    def __repr__(self) -> str:
        return f"Login({self.method} {self.path}, fields={[*self.form, *self.json]})"

    @property
    def path(self) -> str:
        """The path of the login, to which servers usually redirect when a session has ended."""
        return urlsplit(self.url).path or "/"

    def sign_in(self, known: Jar, names: tuple[str, ...], now: datetime) -> Flow[Jar]:
        """Sign in. The result is *known* with the cookies of this login.

        Args:
            known: the jar before.
            names: the cookies that the server must set; when empty, any cookie will do.
            now: the time.

        Raises:
            TokenEndpointError: the server refused the login, or set no cookie.
        """
        fresh, fields, header = Jar(), dict(self.json or self.form), dict(self.header)
        if self.csrf is not None:
            fresh, token = yield from self._csrf(self.csrf, now)
            if self.csrf.header:
                header[self.csrf.header] = token
            else:
                fields[self.csrf.send_as or self.csrf.field or self.csrf.cookie] = token
        request = self._request(fields, header)
        for cookie in fresh.for_request(request, now):
            request = in_cookie(request, cookie.name, cookie.value)
        response = yield from fetch(request)
        self._check(request, response)
        given = response.headers.get_all("Set-Cookie")
        baked = fresh.after(given, request, now)
        self._check_obtained(response, Jar().after(given, request, now), baked, names)
        for cookie in baked.cookies:
            known = known.with_cookie(cookie)
        return known

    def _csrf(self, csrf: Csrf, now: datetime) -> Flow[tuple[Jar, str]]:
        request = Request.of("GET", csrf.url or self.url, (("Accept", "text/html, application/json, */*"),))
        page = yield from fetch(request)
        jar = Jar().after(page.headers.get_all("Set-Cookie"), request, now)
        token = csrf.read(page, jar)
        if token is None:
            where = f"cookie {csrf.cookie}" if csrf.cookie else f"field {csrf.field}"
            raise TokenEndpointError(
                f"{request.origin}{request.path} answered {page.status} without the CSRF {where}.",
                status=page.status,
                code="login_failed",
                hint="Look at the page's source for the name of its hidden field, and write it in csrf.",
            )
        return jar, token

    def _request(self, fields: Mapping[str, Any], header: Mapping[str, str]) -> Request:
        if self.json:
            kind, body = "application/json", json.dumps(fields).encode()
        else:
            kind, body = MEDIA_TYPE, urlencode_form((name, str(value)) for name, value in fields.items())
        head = {"Accept": "*/*", **header}
        if self.method == "GET":
            request = Request.of("GET", self.url, head.items())
            return request.with_target(f"{request.target}{'&' if '?' in request.target else '?'}{body.decode()}")
        return Request.of(self.method, self.url, {"Content-Type": kind, **head}.items(), body)

    def _check(self, request: Request, response: Response) -> None:
        location = response.headers.get("Location") if 300 <= response.status < 400 else None
        back = location is not None and urlsplit(urljoin(self.url, location)).path == self.path
        if response.status >= 400 or back:
            how = f"and sent back to {self.path}" if back else "and refused"
            raise TokenEndpointError(
                f"The login at {request.origin}{request.path} answered {response.status} {how}.",
                status=response.status,
                code="login_failed",
                hint="See that the fields' names and values are those of the login page.",
            )

    def _check_obtained(self, response: Response, given: Jar, baked: Jar, names: tuple[str, ...]) -> None:
        have = {one.name for one in baked.cookies}
        missing = [name for name in names if name not in have]
        if missing or not given.cookies:
            what = f"the cookie {missing[0]}" if missing else "a cookie"
            raise TokenEndpointError(
                f"The login at {self.url.partition('?')[0]} answered {response.status} without setting {what}.",
                status=response.status,
                code="login_failed",
                hint="See that the fields are right, and that names lists what this page sets.",
            )


class _FieldReader(HTMLParser):
    """Finds the value of an ``input`` or the content of a ``meta`` element by its name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.value: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See :class:`html.parser.HTMLParser`."""
        given = dict(attrs)
        if self.value is None and tag in ("input", "meta") and given.get("name") == self._name:
            self.value = given.get("value" if tag == "input" else "content")
