"""The authorization code grant: a person signs in with a browser (RFC 6749 section 4.1, RFC 8252, RFC 7636, RFC 9126, RFC 9207)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..errors import AuthwrightError
from ..flow import Ambient, Flow, Token, authorize, listen
from ..parameters import param
from ..secret import Secret
from .authorization_request import authorization_url, check_step, pushed
from .authorization_response import check_response, code_of
from .client import TokenEndpointClient
from .device_authorization import sign_in_with_device
from .form_request import Pairs
from .interaction import without_anybody
from .pkce import Pkce, check_verifier, proof_of
from .redirect_uri import FREE_PORT, check_redirect_uri


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode(TokenEndpointClient):
    """A token for a person, who signs in with a browser once."""

    grant: ClassVar[str] = "authorization_code"
    endpoints: ClassVar[tuple[str, ...]] = ("authorization_endpoint", "token_endpoint")

    authorization_endpoint: str = param(
        "The URL of the page to sign in at.", default="", example="https://idp.example.com/connect/authorize"
    )
    redirect_uri: str = param(
        "Where the browser comes back to, as the client is registered; without a port, a free one is taken.", default=FREE_PORT
    )
    pkce: Pkce = param("How the code is bound to this sign-in (RFC 7636).", default="S256")
    state: str = param("A state of your own; else a fresh one for each sign-in.", default="", advanced=True)
    code_verifier: Secret | None = param(
        "A verifier of your own; else a fresh one for each sign-in.", default=None, advanced=True
    )
    pushed_authorization_request_endpoint: str = param(
        "Where the authorization request is pushed to beforehand (RFC 9126).", default="", advanced=True
    )
    device_authorization_endpoint: str = param("For `login --device` (RFC 8628).", default="", advanced=True)

    def __post_init__(self) -> None:
        TokenEndpointClient.__post_init__(self)
        check_redirect_uri(self.redirect_uri)
        check_verifier(self.pkce, self.code_verifier)
        check_step(self.extra.authorization, pushes=bool(self.pushed_authorization_request_endpoint))

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """A refresh request; there is no other way without a person."""
        return without_anybody(self, previous, ambient)

    def sign_in(self, ambient: Ambient, *, device: bool = False) -> Flow[Token]:
        """The redirect is listened for before the browser opens; the code that it brings is exchanged for the token."""
        return self._with_device(ambient) if device else self._with_browser(ambient)

    def _with_browser(self, ambient: Ambient) -> Flow[Token]:
        redirect_uri = yield from listen(self.redirect_uri)
        state = self.state or ambient.nonce()
        proof = proof_of(self.pkce, self.code_verifier, ambient)
        url = yield from self._url((*self._request(redirect_uri, state), *proof.challenge), ambient)
        came = yield from authorize(url, redirect_uri, state)
        check_response(came, self.authorization_server, issuer=self.issuer)
        code = ("code", code_of(came, self.authorization_server))
        resources = (pair for pair in self.targets if pair[0] == "resource")
        pairs = (code, ("redirect_uri", redirect_uri), *proof.verifier, *resources)
        return (yield from self.ask(ambient, "authorization_code", pairs, self.extra.token))

    def _request(self, redirect_uri: str, state: str) -> Pairs:
        own = (("response_type", "code"), ("client_id", self.client_id), ("redirect_uri", redirect_uri), ("state", state))
        return (*own, *self.targets)

    def _url(self, pairs: Pairs, ambient: Ambient) -> Flow[str]:
        endpoint = yield from self.endpoint("authorization_endpoint")
        step = self.extra.authorization
        if not self.pushed_authorization_request_endpoint:
            return authorization_url(endpoint, pairs, step)
        left = yield from pushed(self, self.pushed_authorization_request_endpoint, pairs, step, ambient)
        return authorization_url(endpoint, left)

    def _with_device(self, ambient: Ambient) -> Flow[Token]:
        if not self.device_authorization_endpoint and not self.issuer:
            raise AuthwrightError(
                "This credential has no device_authorization_endpoint.",
                code="no_device_authorization",
                hint="Add device_authorization_endpoint or issuer, or leave --device out",
            )
        return (yield from sign_in_with_device(self, ambient))
