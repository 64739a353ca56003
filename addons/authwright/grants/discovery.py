"""Finds an authorization server's endpoints in its metadata (OpenID Connect Discovery 1.0, RFC 8414).

The user's issuer is trusted. Metadata that names another issuer is refused (RFC 8414 section 3.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from ..errors import AuthwrightError, RequestError, TokenEndpointError
from ..flow.commands import fetch
from ..flow.language import Flow
from ..message import Request
from ..parameters import ParameterError
from ..secret import Redactor
from ..wire.endpoint import check_endpoint
from .answer import shown
from .json_object import NotAnObject, parse_object
from .refusal import UNAVAILABLE

_MAX_AGE: Final = timedelta(hours=1)
_FAILED: Final = "discovery_failed"
_NOTHING: Final = Redactor()


def discovered(issuer: str, name: str, *, mutual_tls: bool = False) -> Flow[str]:
    """The URL of an endpoint.

    Args:
        issuer: the issuer's identifier.
        name: the metadata's name of the endpoint, such as ``token_endpoint``.
        mutual_tls: whether the client presents a certificate; a server may have another URL for that (RFC 8705 section 5).

    Raises:
        TokenEndpointError: there is no metadata, another issuer's, or none that names the endpoint.
    """
    members = yield from metadata(issuer)
    aliases = members.get("mtls_endpoint_aliases")
    url = aliases.get(name) if mutual_tls and isinstance(aliases, dict) else None
    url = url if url is not None else members.get(name)
    if not isinstance(url, str):
        raise _failed(f"The metadata of {issuer} names no {name}.", f"Write {name} yourself")
    try:
        check_endpoint(name, url)
    except ParameterError as error:
        raise _failed(f"The metadata of {issuer} cannot be used: {shown(error.message, _NOTHING, 200)}") from None
    return url


def metadata(issuer: str) -> Flow[Mapping[str, Any]]:
    """The metadata of *issuer*, at most an hour old.

    Raises:
        TokenEndpointError: there is no metadata, or another issuer's.
    """
    return _of_issuer(issuer, (yield from _published(issuer)))


def issuer_of(page: str, said: str) -> Flow[str]:
    """The issuer that signs people in at *page*, where the configuration names none (RFC 9207 section 2.4).

    Only the server that the person was sent to is asked. What another server says of itself proves nothing.

    Args:
        page: the authorization endpoint that was used.
        said: the ``iss`` of the authorization response.

    Returns:
        The issuer by the server's own metadata. Where it publishes none for *page*: *said* on the same server, else the
        server's origin, which *said* is not.
    """
    own = str(Request.of("GET", page).origin)
    same = _is_issuer_at(own, said)
    for candidate in dict.fromkeys((said, own) if same else (own,)):
        try:
            members = yield from _published(candidate)
        except AuthwrightError:
            continue
        named, endpoint = members.get("issuer"), members.get("authorization_endpoint")
        if isinstance(named, str) and isinstance(endpoint, str) and _without_query(endpoint) == _without_query(page):
            return named
    return said if same else own


def _is_issuer_at(own: str, said: str) -> bool:
    try:
        return str(Request.of("GET", said).origin) == own and "?" not in said
    except RequestError:
        return False


def _without_query(url: str) -> str:
    return url.partition("?")[0]


def _published(issuer: str) -> Flow[Mapping[str, Any]]:
    """The metadata at the places where that of *issuer* stands."""
    found: list[str] = []
    for url in well_known(issuer):
        response = yield from fetch(Request.of("GET", url, (("Accept", "application/json"),)), max_age=_MAX_AGE)
        if response.status == 429 or response.status >= 500:
            raise _failed(f"{url} answered {response.status}.", "Try again later", code=UNAVAILABLE)
        try:
            members = parse_object(response.body) if response.status == 200 else None
        except NotAnObject as error:
            found.append(f"{url} is no metadata: {error}")
            continue
        if members is not None:
            return members
        found.append(f"{url} answered {response.status}")
    raise _failed(f"There is no metadata of {issuer}: {'; '.join(found)}.", "Check issuer, or write token_endpoint instead")


def well_known(issuer: str) -> tuple[str, ...]:
    """The URLs of the metadata: OpenID Connect's at the end of the issuer, RFC 8414's before its path."""
    scheme, _, rest = issuer.rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return (
        f"{scheme}://{rest}/.well-known/openid-configuration",
        f"{scheme}://{host}/.well-known/oauth-authorization-server{slash}{path}",
    )


def _of_issuer(issuer: str, members: Mapping[str, Any]) -> Mapping[str, Any]:
    said = members.get("issuer")
    if said == issuer:
        return members
    if not isinstance(said, str):
        raise _failed(f"The metadata of {issuer} names no issuer.")
    close = said.rstrip("/") == issuer.rstrip("/")
    hint = (
        f"Write issuer: {shown(said, _NOTHING, 120)}" if close else "Write the issuer exactly as the server does, if you trust it"
    )
    raise _failed(f"The metadata found for {issuer} is that of {shown(said, _NOTHING, 120)}.", hint)


def _failed(message: str, hint: str = "Check issuer", *, code: str = _FAILED) -> TokenEndpointError:
    return TokenEndpointError(message, code=code, hint=hint)
