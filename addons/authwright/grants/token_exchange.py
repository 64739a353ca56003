"""Token exchange: a token obtains another one (RFC 8693)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from ..errors import TokenEndpointError
from ..flow.commands import get_token
from ..flow.language import Flow
from ..flow.protocols import Ambient, SourceCredential
from ..flow.token import Token
from ..parameters import ParameterError, param
from ..secret import Secret
from .client import TokenEndpointClient
from .refresh import refreshed_or
from .refusal import MALFORMED
from .token_response import BEARER

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
TOKEN_TYPE: Final = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN: Final = TOKEN_TYPE + "access_token"
_ID_TOKEN: Final = TOKEN_TYPE + "id_token"
_NOT_GOOD: Final = frozenset(("invalid_grant", "invalid_request"))
"""The errors of a server when the subject's token is no longer good (section 2.2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenExchange(TokenEndpointClient):
    """A token in exchange for another: a given one, or that of another credential."""

    grant: ClassVar[str] = "token_exchange"
    client_is_optional: ClassVar[bool] = True
    token_types: ClassVar[frozenset[str]] = BEARER | {"n_a"}

    client_id: str = param("The client's identifier, where the server wants one beside the tokens.", default="")
    source_credential: SourceCredential | None = param(
        "The credential whose token is exchanged: it is obtained and kept valid as ever.",
        default=None,
        example="login",
        credential=True,
    )
    subject_token: Secret | None = param("The token to exchange, where it is not another credential's.", default=None)
    subject_token_type: str = param("Its type.", default=ACCESS_TOKEN)
    actor_token: Secret | None = param("The token of who acts for the subject.", default=None, advanced=True)
    actor_token_type: str = param("Its type.", default=ACCESS_TOKEN, advanced=True)
    requested_token_type: str = param("The type of token that is wanted.", default="", advanced=True)

    def __post_init__(self) -> None:
        TokenEndpointClient.__post_init__(self)
        if (self.subject_token is None) is (self.source_credential is None):
            what = "There is no token to exchange" if self.subject_token is None else "There are two tokens to exchange"
            raise ParameterError("subject_token", f"{what}.", "Give source_credential, or else subject_token")

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Make a refresh when the server gave a refresh token, else one exchange."""
        return refreshed_or(self, previous, ambient, self._exchanged(ambient))

    def _exchanged(self, ambient: Ambient) -> Flow[Token]:
        if self.source_credential is None:
            assert self.subject_token is not None
            return (yield from self._exchange(self.subject_token, ambient))
        name, grant = self.source_credential.credential, self.source_credential.grant
        token = yield from get_token(grant, credential=name)
        try:
            return (yield from self._exchange(self._subject(token), ambient))
        except TokenEndpointError as error:
            if error.error not in _NOT_GOOD:
                raise
        token = yield from get_token(grant, rejected=token, credential=name)
        return (yield from self._exchange(self._subject(token), ambient))

    def _exchange(self, subject: Secret, ambient: Ambient) -> Flow[Token]:
        pairs = [("subject_token", subject.reveal()), ("subject_token_type", self.subject_token_type)]
        if self.actor_token is not None:
            pairs += [("actor_token", self.actor_token.reveal()), ("actor_token_type", self.actor_token_type)]
        if self.requested_token_type:
            pairs.append(("requested_token_type", self.requested_token_type))
        return (yield from self.ask(ambient, GRANT_TYPE, (*pairs, *self.targets), self.extra.token))

    def _subject(self, token: Token) -> Secret:
        if self.subject_token_type != _ID_TOKEN:
            return token.access_token
        if token.id_token is None:
            raise TokenEndpointError(
                "The token to exchange came without an ID token, and subject_token_type asks for one.",
                code=MALFORMED,
                hint="Ask for one with scope: openid in the source credential",
            )
        return token.id_token
