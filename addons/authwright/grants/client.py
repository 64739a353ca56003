"""What every grant says about the client and the token endpoint, and the request it makes there (RFC 6749 section 3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import ClassVar, Final, Literal

from ..flow import Ambient, Flow, Token, fetch, note
from ..message import Request
from ..parameters import ParameterError, param
from ..secret import Redactor, Secret
from ..wire.endpoint import check_endpoint
from ..wire.form import MEDIA_TYPE
from ..wire.identity import key_of
from .answer import Answer
from .client_auth import basic, check_client_auth, client_auth
from .extra import Extra, Step
from .token_response import token_of

_SHORTEST_GIVEN: Final = 8
"""What the user adds to a request may be a secret; a shorter value is a word like ``true``, and hiding it would hide others."""
_SENT_SECRETS: Final = ("refresh_token", "password", "code", "code_verifier", "device_code")

type Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpointClient:
    """A client at a token endpoint: the parameters that all grants share."""

    grant: ClassVar[str]

    token_endpoint: str = param("The URL of the token endpoint.", example="https://idp.example.com/connect/token")
    client_id: str = param("The client's identifier at the authorization server.", example="orders-cli")
    client_secret: Secret | None = param("The client's secret.", default=None, example="${env:IDP_SECRET}")
    client_auth: Literal["client_secret_basic", "client_secret_post", "none"] = param(
        "How the client proves who it is: HTTP Basic, in the form body, or not at all.", default="client_secret_basic"
    )
    scope: tuple[str, ...] = param("What the token may be used for.", default=(), example=["orders.read", "orders.write"])
    audience: str = param("The API the token is for, where the server takes an audience.", default="", advanced=True)
    resource: tuple[str, ...] = param("The API the token is for, as URIs (RFC 8707).", default=(), advanced=True)
    refresh: bool = param("Whether a refresh token that the server gives is used.", default=True, advanced=True)
    extra: Extra = param("Further parameters for each request.", default=Extra(), advanced=True)
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.client_id:
            raise ParameterError("client_id", "client_id is empty.", "The authorization server gave the client an identifier")
        check_endpoint("token_endpoint", self.token_endpoint)
        check_client_auth(self.client_auth, self.client_secret)
        object.__setattr__(self, "key", key_of(self))

    @property
    def authorization_server(self) -> str:
        return self.token_endpoint

    @property
    def targets(self) -> Pairs:
        """The form parameters that say what the token is for; parts of ``scope`` that are empty are left out."""
        return targets_of(self.scope, self.audience, self.resource)

    def ask(self, ambient: Ambient, grant_type: str, pairs: Iterable[tuple[str, str]], step: Step) -> Flow[Token]:
        """Make one token request.

        Args:
            ambient: the time, for the token's end.
            grant_type: what the request asks by.
            pairs: its further form parameters.
            step: the user's own parameters for this kind of request.

        Raises:
            TokenEndpointError: the server refused, failed, or answered something that is no token.
        """
        answer = yield from self.post(self.token_endpoint, grant_type, (("grant_type", grant_type), *pairs), step)
        token, remarks = token_of(answer, ambient.now())
        for remark in remarks:
            yield from note("token response", remark)
        return token

    def post(self, endpoint: str, purpose: str, pairs: Pairs, step: Step) -> Flow[Answer]:
        """Post a form to one of the server's endpoints, authenticated as at the token endpoint (RFC 9126, RFC 8628, RFC 7009).

        Args:
            endpoint: its URL.
            purpose: what is asked for, for the sentences about the answer.
            pairs: the form parameters.
            step: the user's own parameters for this kind of request.
        """
        proof = client_auth(self.client_auth, self.client_id, self.client_secret)
        head = (("Content-Type", MEDIA_TYPE), ("Accept", "application/json"), *proof.headers)
        request = step.apply(Request.of("POST", endpoint, head), (*pairs, *proof.body))
        response = yield from fetch(request)
        return Answer(response, f"{request.origin}{request.path}", purpose, self.client_auth, self._redactor(pairs, step))

    def _redactor(self, pairs: Iterable[tuple[str, str]], step: Step) -> Redactor:
        own = [value.reveal() for f in fields(self) if isinstance(value := getattr(self, f.name, None), Secret)]
        sent = [value for name, value in pairs if name in _SENT_SECRETS]
        proof = [basic(self.client_id, secret)[6:] for secret in own]
        given = [value for value in step.values if len(value) >= _SHORTEST_GIVEN]
        return Redactor((*own, *sent, *proof, *given))


def targets_of(scope: Iterable[str], audience: str, resource: Iterable[str]) -> Pairs:
    """The form parameters that say what a token is for."""
    words = " ".join(part for part in scope if part)
    pairs = [("scope", words)] if words else []
    pairs += [("audience", audience)] if audience else []
    return (*pairs, *(("resource", uri) for uri in resource))
