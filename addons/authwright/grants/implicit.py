"""The implicit grant: the token comes with the redirect, in the URL's fragment (RFC 6749 section 4.2).

OAuth 2.1 leaves the grant out, since the token passes through the browser. Some servers still offer nothing else. When the
scope has ``openid``, the response type is OpenID Connect's (Core 1.0 section 3.2).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..errors import AuthwrightError, InteractionRequired, RemoteError
from ..flow.bases import GrantBase
from ..flow.commands import authorize, listen, note
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..message import Response
from ..parameters import ParameterError, param
from ..secret import Redactor, Secret
from ..wire.endpoint import check_endpoint
from ..wire.identity import key_of
from .answer import EndpointAnswer, shown_url
from .authorization_request import authorization_url, check_step, server_of
from .authorization_response import check_response, expected_issuer
from .client import targets_of
from .discovery import discovered
from .extra import Extra
from .form_request import FormPairs
from .json_object import NotAnObject, parse_object
from .redirect_uri import FREE_PORT, check_redirect_uri
from .token_response import token_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Implicit(GrantBase):
    """A token for a person, who signs in with a browser each time it ends."""

    grant: ClassVar[str] = "implicit"
    interactive: ClassVar[bool] = True

    issuer: str = param("The authorization server's issuer: its metadata names the page to sign in at.", default="")
    authorization_endpoint: str = param(
        "The URL of the page to sign in at.", default="", example="https://idp.example.com/connect/authorize"
    )
    client_id: str = param("The client's identifier at the authorization server.", example="orders-cli")
    redirect_uri: str = param(
        "Where the browser comes back to, as the client is registered; without a port, a free one is taken.",
        default=FREE_PORT,
        obtains=False,
    )
    scope: tuple[str, ...] = param("What the token may be used for.", default=(), example=["orders.read"])
    audience: str = param("The API the token is for, where the server takes an audience.", default="", advanced=True)
    resource: tuple[str, ...] = param("The API the token is for, as URIs (RFC 8707).", default=(), advanced=True)
    state: str = param("A state of your own; else a fresh one for each sign-in.", default="", advanced=True, obtains=False)
    extra: Extra = param("Further parameters for the authorization request.", default=Extra(), advanced=True)
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.client_id:
            raise ParameterError("client_id", "client_id is empty.", "The authorization server gave the client an identifier")
        self._check_server()
        check_redirect_uri(self.redirect_uri)
        check_step(self.extra.authorization, pushes=False)
        object.__setattr__(self, "key", key_of(self))

    @property
    def authorization_server(self) -> str:
        return self.authorization_endpoint or self.issuer

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:  # noqa: ARG002 - there is nothing to refresh
        """Raise InteractionRequired: the grant always needs a person."""
        raise InteractionRequired(
            "The token is no longer good: someone must sign in." if previous else "Nobody has signed in yet."
        )
        yield  # makes this a generator

    def sign_in(self, ambient: Ambient, *, device: bool = False) -> Flow[Token]:
        """The redirect carries the token in its fragment, which the browser keeps. A page of ours posts the fragment to us."""
        if device:
            raise AuthwrightError(
                "grant: implicit knows no other device.", code="no_device_authorization", hint="Leave --device out"
            )
        redirect_uri = yield from listen(self.redirect_uri)
        state, nonce = self.state or ambient.nonce(), ambient.nonce() if "openid" in self.scope else ""
        pairs = self._request(redirect_uri, state, nonce)
        endpoint = self.authorization_endpoint or (yield from discovered(self.issuer, "authorization_endpoint"))
        url = authorization_url(endpoint, pairs, self.extra.authorization)
        came = yield from authorize(url, redirect_uri, state, "fragment")
        check_response(came, server_of(url), (yield from expected_issuer(self.issuer, url, came)))
        token, remarks = token_from(self._answer(), came, ambient.now())
        for remark in remarks:
            yield from note("authorization response", remark)
        if nonce and "nonce" not in self.extra.authorization.query:
            _check_nonce(token.id_token, nonce, server_of(url))
        return token

    def _request(self, redirect_uri: str, state: str, nonce: str) -> FormPairs:
        kind = (("response_type", "id_token token"), ("nonce", nonce)) if nonce else (("response_type", "token"),)
        own = (("client_id", self.client_id), ("redirect_uri", redirect_uri), ("state", state))
        return (*kind, *own, *targets_of(self.scope, self.audience, self.resource))

    def _check_server(self) -> None:
        if not self.authorization_server:
            hint = "authorization_endpoint: https://host/path"
            raise ParameterError("authorization_endpoint", "Neither authorization_endpoint nor issuer is given.", hint)
        for name in ("authorization_endpoint", "issuer"):
            if url := getattr(self, name):
                check_endpoint(name, url)

    def _answer(self) -> EndpointAnswer:
        """The redirect as an answer, for error messages about it."""
        return EndpointAnswer(Response(302), shown_url(self.authorization_server), self.grant, "none", Redactor())


def _check_nonce(id_token: Secret | None, nonce: str, server: str) -> None:
    """Refuse the replayed ID token of another sign-in (OpenID Connect Core 1.0 section 3.2.2.11).

    The signature is not verified, since nothing else in the token is used.
    """
    if id_token is None or _claims(id_token).get("nonce") != nonce:
        raise RemoteError(
            f"The ID token that {server} sent is not of this sign-in: its nonce is another.",
            code="wrong_nonce",
            hint="Sign in again",
        )


def _claims(id_token: Secret) -> Mapping[str, Any]:
    _, _, rest = id_token.reveal().partition(".")
    part, _, _ = rest.partition(".")
    try:
        return parse_object(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (NotAnObject, ValueError):
        return {}
