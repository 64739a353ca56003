"""An OAuth 2.0 access token on a request (RFC 6750 sections 2.1 and 2.3); when the API rejects it, a new one.

With a token that is bound to a key goes a proof of the key (RFC 9449 section 7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from ..errors import TokenEndpointError
from ..flow.bases import SchemeBase
from ..flow.commands import forward, get_token, note
from ..flow.language import Flow
from ..flow.protocols import Grant, Remembering
from ..flow.token import Standing, Token
from ..message import Place, Request, Response
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire import dpop
from ..wire.placement import in_header, in_query


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2(SchemeBase):
    """An access token that a grant obtains, in a header or the query."""

    type: ClassVar[str] = "oauth2"

    grant: Grant = param("How the token is obtained.", variants=True)
    placement: Literal["header", "query"] = param("Where the token goes.", default="header")
    prefix: str = param("The word before the token in the header; empty for the bare token.", default="Bearer")
    query_name: str = param("The name of the query parameter.", default="access_token")
    use: Literal["access_token", "id_token"] = param("Which of the tokens is presented.", default="access_token")
    retry: bool = param("Whether a token that the API answers with 401 is replaced, and the request sent again.", default=True)

    def __post_init__(self) -> None:
        if not self.grant.dpop:
            return
        for name, value in (("placement", "query"), ("use", "id_token")):
            if getattr(self, name) == value:
                raise ParameterError(
                    name, f"{name}: {value} and dpop: true do not go together.", "A bound access token goes into the header alone"
                )

    def __hash__(self) -> int:
        return hash(self.grant.key)

    @property
    def places(self) -> tuple[Place, ...]:
        if self.placement == "query":
            return (Place("query", self.query_name),)
        proof = (Place("header", dpop.HEADER),) if self.grant.dpop else ()
        return (Place("header", "Authorization"), *proof)

    def authorize(self, request: Request, ambient: Remembering) -> Flow[None]:
        token = yield from get_token(self.grant)
        response = yield from self._presented(request, token, ambient)
        if response.status == 401 and self.retry:
            token = yield from get_token(self.grant, rejected=token)
            yield from self._presented(request, token, ambient)

    def standing(self, held: Callable[[Grant], Token | None]) -> Standing | None:
        token = held(self.grant) if self.placement == "header" and self.use == "access_token" else None
        if token is None or token.dpop_key is not None:
            return None
        return Standing("Authorization", self.prefix, token.access_token, token)

    def _presented(self, request: Request, token: Token, ambient: Remembering) -> Flow[Response]:
        value = self._value(token)
        if token.dpop_key is not None:
            return self._proven(in_header(request, "Authorization", "DPoP", value.reveal()), token, token.dpop_key, ambient)
        if self.placement == "header":
            placed = in_header(request, "Authorization", self.prefix, value.reveal())
        else:
            placed = in_query(request, self.query_name, value.reveal())
        return forward(placed, value)

    def _proven(self, placed: Request, token: Token, key: Secret, ambient: Remembering) -> Flow[Response]:
        """Send *placed* with a proof, and once more when the server wants its nonce in the proof."""
        kept = ambient.recall(_Nonce)
        shown = kept.value
        response = yield from self._with_proof(placed, token, key, ambient, shown)
        kept.value = dpop.next_nonce(response) or shown
        if dpop.wanted_nonce(response) in ("", shown) or not self.retry:
            return response
        response = yield from self._with_proof(placed, token, key, ambient, kept.value)
        kept.value = dpop.next_nonce(response) or kept.value
        return response

    def _with_proof(self, placed: Request, token: Token, key: Secret, ambient: Remembering, nonce: str) -> Flow[Response]:
        proof = dpop.proof(key, placed, ambient, nonce=nonce, access_token=token.access_token)
        yield from note("DPoP proof", dpop.shown(proof))
        return (yield from forward(placed.with_header(dpop.HEADER, proof), token.access_token))

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


@dataclass(slots=True)
class _Nonce:
    """The nonce that an origin server wants to see in proofs (RFC 9449 section 9), for its rule and principal alone."""

    value: str = ""
