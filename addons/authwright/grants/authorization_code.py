"""The authorization code grant: a person signs in with a browser (RFC 6749 section 4.1, RFC 8252, RFC 7636, RFC 9126, RFC 9207)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ..errors import AuthwrightError
from ..flow.commands import authorize, listen
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..parameters import param
from ..secret import Secret
from .authorization_request import authorization_url, check_step, pushed, server_of
from .authorization_response import check_response, code_of, expected_issuer
from .client import TokenEndpointClient
from .device_authorization import sign_in_with_device
from .discovery import metadata
from .form_request import FormPairs
from .interaction import refresh_only
from .pkce import Pkce, check_verifier, proof_of
from .redirect_uri import FREE_PORT, check_redirect_uri

_NAMES_ITSELF: Final = "authorization_response_iss_parameter_supported"
"""RFC 9207 section 3."""
_MUST_PUSH: Final = "require_pushed_authorization_requests"
"""RFC 9126 section 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode(TokenEndpointClient):
    """A token for a person, who signs in with a browser once."""

    grant: ClassVar[str] = "authorization_code"
    interactive: ClassVar[bool] = True
    endpoints: ClassVar[tuple[str, ...]] = ("authorization_endpoint", "token_endpoint")

    authorization_endpoint: str = param(
        "The URL of the page to sign in at.", default="", example="https://idp.example.com/connect/authorize"
    )
    redirect_uri: str = param(
        "Where the browser comes back to, as the client is registered; without a port, a free one is taken.",
        default=FREE_PORT,
        obtains=False,
    )
    pkce: Pkce = param("How the code is bound to this sign-in (RFC 7636).", default="S256", obtains=False)
    state: str = param("A state of your own; else a fresh one for each sign-in.", default="", advanced=True, obtains=False)
    code_verifier: Secret | None = param(
        "A verifier of your own; else a fresh one for each sign-in.", default=None, advanced=True, obtains=False
    )
    pushed_authorization_request_endpoint: str = param(
        "Where the authorization request is pushed to beforehand (RFC 9126).", default="", advanced=True, obtains=False
    )
    device_authorization_endpoint: str = param(
        "Where `login --device` asks for a code (RFC 8628).", default="", advanced=True, obtains=False
    )

    def __post_init__(self) -> None:
        TokenEndpointClient.__post_init__(self)
        check_redirect_uri(self.redirect_uri)
        check_verifier(self.pkce, self.code_verifier)
        check_step(self.extra.authorization, pushes=bool(self.pushed_authorization_request_endpoint or self.issuer))

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Make a refresh request; without a person there is no other way."""
        return refresh_only(self, previous, ambient)

    def sign_in(self, ambient: Ambient, *, device: bool = False) -> Flow[Token]:
        """Listen for the redirect, open the browser, and exchange the code of the redirect for the token."""
        return self._with_device(ambient) if device else self._with_browser(ambient)

    def _with_browser(self, ambient: Ambient) -> Flow[Token]:
        server = yield from self._metadata()
        redirect_uri = yield from listen(self.redirect_uri)
        state = self.state or ambient.nonce()
        proof = proof_of(self.pkce, self.code_verifier, ambient)
        url = yield from self._url((*self._request(redirect_uri, state), *proof.challenge), server, ambient)
        came = yield from authorize(url, redirect_uri, state)
        issuer = yield from expected_issuer(self.issuer, url, came)
        check_response(came, server_of(url), issuer, issuer_required=server.get(_NAMES_ITSELF) is True)
        code = ("code", code_of(came, server_of(url)))
        resources = (pair for pair in self.targets if pair[0] == "resource")
        pairs = (code, ("redirect_uri", redirect_uri), *proof.verifier, *resources)
        return (yield from self.ask(ambient, "authorization_code", pairs, self.extra.token))

    def _metadata(self) -> Flow[Mapping[str, Any]]:
        """The authorization server's metadata, when the endpoints are discovered; else empty."""
        return {} if self.authorization_endpoint else (yield from metadata(self.issuer))

    def _request(self, redirect_uri: str, state: str) -> FormPairs:
        own = (("response_type", "code"), ("client_id", self.client_id), ("redirect_uri", redirect_uri), ("state", state))
        return (*own, *self.targets)

    def _url(self, pairs: FormPairs, server: Mapping[str, Any], ambient: Ambient) -> Flow[str]:
        page = yield from self.endpoint("authorization_endpoint")
        step = self.extra.authorization
        if not self.pushed_authorization_request_endpoint and server.get(_MUST_PUSH) is not True:
            return authorization_url(page, pairs, step)
        endpoint = yield from self.endpoint("pushed_authorization_request_endpoint")
        return authorization_url(page, (yield from pushed(self, endpoint, pairs, step, ambient)))

    def _with_device(self, ambient: Ambient) -> Flow[Token]:
        if not self.device_authorization_endpoint and not self.issuer:
            raise AuthwrightError(
                "This credential has no device_authorization_endpoint.",
                code="no_device_authorization",
                hint="Add device_authorization_endpoint or issuer, or leave --device out",
            )
        return (yield from sign_in_with_device(self, ambient))
