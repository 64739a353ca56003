"""The parameters of every grant: the client and the authorization server (RFC 6749 sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import ClassVar, Literal

from ..errors import AuthwrightError
from ..flow.bases import GrantBase
from ..flow.commands import ClientCertificate, fetch, note
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..message import Request, Response
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire.dpop import HEADER as DPOP_HEADER
from ..wire.dpop import new_key, proof, wanted_nonce
from ..wire.endpoint import check_endpoint
from ..wire.identity import key_of
from .answer import EndpointAnswer, shown_url
from .client_auth import (
    AssertionAlgorithm,
    ClientAuthMethod,
    ClientIdentity,
    check_certificate,
    check_client_auth,
    client_auth,
    presented,
)
from .discovery import discovered
from .extra import Extra, TokenStep
from .form_request import FormPairs, form_request, redactor_of
from .token_response import BEARER, DPOP, token_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpointClient(GrantBase):
    """A client at an authorization server: the parameters that all grants share."""

    grant: ClassVar[str]
    endpoints: ClassVar[tuple[str, ...]] = ("token_endpoint",)
    """The endpoints that the grant needs. Each is given or discovered."""
    client_is_optional: ClassVar[bool] = False
    """True when the grant may be used without a client."""
    signs: ClassVar[bool] = False
    """True when the grant itself signs with the private key."""
    token_types: ClassVar[frozenset[str]] = BEARER
    """The token types that the grant can use, in lower case."""

    issuer: str = param(
        "The authorization server's issuer: its metadata names the endpoints that are not given.",
        default="",
        example="https://idp.example.com",
    )
    token_endpoint: str = param("The URL of the token endpoint.", default="", example="https://idp.example.com/connect/token")
    client_id: str = param("The client's identifier at the authorization server.", example="orders-cli")
    client_secret: Secret | None = param("The client's secret.", default=None, example="${env:IDP_SECRET}")
    client_auth: ClientAuthMethod = param(
        "How the client proves who it is: by its secret in HTTP Basic, in the form or as the key of a JWT, by a JWT signed with "
        "its private key, by a certificate in TLS, or not at all.",
        default="client_secret_basic",
    )
    private_key: Secret | None = param(
        "The private key of private_key_jwt: PEM, or its file.", default=None, example="client-key.pem", contents=True
    )
    key_id: str = param("The key's identifier, in the header kid.", default="", advanced=True)
    token_endpoint_auth_signing_alg: AssertionAlgorithm | None = param(
        "The algorithm of client_secret_jwt (HS256) and private_key_jwt (what fits the key; RS256 for RSA).",
        default=None,
        advanced=True,
    )
    client_certificate: str = param(
        "The client's certificate: PEM, or its file. It is presented in TLS; with private_key_jwt it names the key instead.",
        default="",
        example="client.pem",
        contents=True,
        shown=False,  # the PEM may hold the key, too
    )
    client_key: Secret | None = param(
        "The certificate's private key: PEM, or its file; it may stand in client_certificate, too.", default=None, contents=True
    )
    scope: tuple[str, ...] = param("What the token may be used for.", default=(), example=["orders.read", "orders.write"])
    audience: str = param("The API the token is for, where the server takes an audience.", default="", advanced=True)
    resource: tuple[str, ...] = param("The API the token is for, as URIs (RFC 8707).", default=(), advanced=True)
    refresh: bool = param("Whether a refresh token that the server gives is used.", default=True, advanced=True)
    refresh_ahead: timedelta | Literal["auto"] = param(
        "How long before its end the next token is obtained in the background; auto is a tenth of its life, at most 5m.",
        default="auto",
        advanced=True,
        obtains=False,
    )
    extra: Extra = param("Further parameters for each request.", default=Extra(), advanced=True)
    dpop: bool = param("Whether the token is bound to a key of ours (RFC 9449).", default=False, advanced=True)
    revocation_endpoint: str = param(
        "The URL where logout --revoke ends a token (RFC 7009).", default="", advanced=True, obtains=False
    )
    introspection_endpoint: str = param(
        "The URL where tokens --introspect asks about a token (RFC 7662).", default="", advanced=True, obtains=False
    )
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._check_endpoints()
        if not self.client_id:
            self._check_no_client()
        else:
            check_client_auth(self.client_auth, self.identity, signs=self.signs)
        check_certificate(self.client_certificate)
        if self.client_key is not None and not self.client_certificate:
            raise ParameterError("client_key", "client_key is given without its client_certificate.", "Add client_certificate")
        object.__setattr__(self, "key", key_of(self))

    @property
    def authorization_server(self) -> str:
        return self.token_endpoint or self.issuer

    @property
    def identity(self) -> ClientIdentity:
        """The client's identifier and its proofs."""
        return ClientIdentity(
            self.client_id,
            self.client_secret,
            self.private_key,
            self.key_id,
            self.token_endpoint_auth_signing_alg,
            self.client_certificate,
        )

    @property
    def certificate(self) -> ClientCertificate | None:
        """The certificate that the client presents in TLS; ``None`` when it has none."""
        return presented(self.client_auth, self.client_certificate, self.client_key)

    @property
    def targets(self) -> FormPairs:
        """The form parameters that say what the token is for, without empty parts of ``scope``."""
        return targets_of(self.scope, self.audience, self.resource)

    @property
    def discovered_from(self) -> str:
        """The issuer whose metadata names the endpoints that are not given; empty when there is none."""
        return self.issuer

    def endpoint(self, name: str) -> Flow[str]:
        """The URL of an endpoint: the one given, else the one in the issuer's metadata.

        Args:
            name: such as ``token_endpoint``, the parameter's name and the metadata's.

        Raises:
            TokenEndpointError: it cannot be discovered.
            AuthwrightError: neither the endpoint nor the issuer is given.
        """
        given: str = getattr(self, name, "")
        if given:
            return given
        if not self.discovered_from:
            raise AuthwrightError(f"There is no {name}.", code="no_endpoint", hint=f"Add {name} to the credential, or issuer")
        return (yield from discovered(self.discovered_from, name, mutual_tls=self.certificate is not None))

    def ask(
        self,
        ambient: Ambient,
        grant_type: str,
        pairs: Iterable[tuple[str, str]],
        step: TokenStep,
        dpop_key: Secret | None = None,
    ) -> Flow[Token]:
        """Make one token request.

        Args:
            ambient: time and chance.
            grant_type: the request's ``grant_type``.
            pairs: its further form parameters.
            step: the user's own parameters for this kind of request.
            dpop_key: the key to bind the new token to; ``None`` for a fresh one.

        Raises:
            TokenEndpointError: the server refused or failed, or its response holds no token.
        """
        endpoint = yield from self.endpoint("token_endpoint")
        bound_to = (dpop_key or new_key(ambient)) if self.dpop else None
        answer = yield from self.post(endpoint, grant_type, (("grant_type", grant_type), *pairs), step, ambient, bound_to)
        token, remarks = token_of(answer, ambient.now(), DPOP if bound_to else self.token_types)
        for remark in remarks:
            yield from note("token response", remark)
        return replace(token, dpop_key=bound_to)

    def post(
        self, endpoint: str, purpose: str, pairs: FormPairs, step: TokenStep, ambient: Ambient, dpop_key: Secret | None = None
    ) -> Flow[EndpointAnswer]:
        """Post a form to one of the server's endpoints, authenticated as at the token endpoint (RFC 9126, RFC 8628, RFC 7009).

        Args:
            endpoint: its URL.
            purpose: names the request in sentences about the response.
            pairs: the form parameters.
            step: the user's own parameters for this kind of request.
            ambient: time and chance.
            dpop_key: signs a proof. When the server wants its nonce in the proof, the request is made once more.
        """
        audience = (yield from self.endpoint("token_endpoint")) if self.client_auth.endswith("_jwt") else ""
        nonce = ""
        while True:
            own = client_auth(self.client_auth, self.identity, audience, ambient)
            response = yield from self._sent(form_request(endpoint, pairs, own, step), ambient, dpop_key, nonce)
            wanted = wanted_nonce(response) if dpop_key is not None and not nonce else ""
            if not wanted:
                hidden = redactor_of(self, (*pairs, *own.body), step)
                return EndpointAnswer(response, shown_url(endpoint), purpose, self.client_auth, hidden)
            nonce = wanted

    def _sent(self, request: Request, ambient: Ambient, dpop_key: Secret | None, nonce: str = "") -> Flow[Response]:
        if dpop_key is not None:
            request = request.with_header(DPOP_HEADER, proof(dpop_key, request, ambient, nonce=nonce))
        return (yield from fetch(request, self.certificate))

    def _check_endpoints(self) -> None:
        for name in self.endpoints:
            if not getattr(self, name) and not self.discovered_from:
                raise ParameterError(name, f"Neither {name} nor issuer is given.", f"{name}: https://host/path")
        for parameter in fields(self):
            if parameter.name.endswith("_endpoint") and (url := getattr(self, parameter.name)):
                check_endpoint(parameter.name, url)
        if self.discovered_from:
            check_endpoint("issuer", self.discovered_from)

    def _check_no_client(self) -> None:
        if not self.client_is_optional:
            raise ParameterError("client_id", "client_id is empty.", "The authorization server gave the client an identifier")
        if self.client_secret is not None:
            raise ParameterError("client_secret", "There is a client_secret, and no client_id.", "Add client_id")


def targets_of(scope: Iterable[str], audience: str, resource: Iterable[str]) -> FormPairs:
    """The form parameters that say what a token is for."""
    words = " ".join(part for part in scope if part)
    pairs = [("scope", words)] if words else []
    pairs += [("audience", audience)] if audience else []
    return (*pairs, *(("resource", uri) for uri in resource))
