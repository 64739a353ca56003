"""An OAuth 2.0 access token on a request (RFC 6750 sections 2.1 and 2.3), and another one when it is rejected."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar, Literal

from ..errors import TokenEndpointError
from ..flow import Ambient, Flow, Forward, Grant, Token, forward, get_token
from ..message import Place, Request, Response
from ..parameters import param
from ..secret import Secret
from ..wire.placement import in_header, in_query


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """An access token that a grant obtains, in a header or the query."""

    type: ClassVar[str] = "oauth2"
    binds_connection: ClassVar[bool] = False

    grant: Grant = param("How the token is obtained.", variants=True)
    placement: Literal["header", "query"] = param("Where the token goes.", default="header")
    prefix: str = param("The word before the token in the header; empty for the bare token.", default="Bearer")
    query_name: str = param("The name of the query parameter.", default="access_token")
    use: Literal["access_token", "id_token"] = param("Which of the tokens is presented.", default="access_token")
    retry: bool = param("Whether a token that the API answers with 401 is replaced, and the request sent again.", default=True)

    @property
    def places(self) -> tuple[Place, ...]:
        return (Place("header", "Authorization") if self.placement == "header" else Place("query", self.query_name),)

    def reads_body(self, request: Request) -> bool:  # noqa: ARG002 - never
        return False

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:  # noqa: ARG002 - the broker keeps the time
        token = yield from get_token(self.grant)
        response = yield from self._presented(request, token)
        if response.status == 401 and self.retry:
            token = yield from get_token(self.grant, rejected=token)
            yield from self._presented(request, token)

    def _presented(self, request: Request, token: Token) -> Generator[Forward, Response, Response]:
        value = self._value(token)
        if self.placement == "header":
            placed = in_header(request, "Authorization", self.prefix, value.reveal())
        else:
            placed = in_query(request, self.query_name, value.reveal())
        return forward(placed, value)

    def _value(self, token: Token) -> Secret:
        if self.use == "access_token":
            return token.access_token
        if token.id_token is None:
            raise TokenEndpointError(
                f"{self.grant.authorization_server} gave no ID token, and the credential says use: id_token.",
                code="token_endpoint_malformed",
                hint="Ask for one with scope: openid",
            )
        return token.id_token
