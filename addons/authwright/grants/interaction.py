"""What the grants that need a person share: how they go on without one, and how they say that it came to nothing."""

from __future__ import annotations

from ..errors import InteractionRequired, RemoteError, TokenEndpointError
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from .client import TokenEndpointClient
from .refresh import refreshed
from .refusal import GRANT_INVALID


def without_anybody(client: TokenEndpointClient, previous: Token | None, ambient: Ambient) -> Flow[Token]:
    """A refreshed token.

    Raises:
        InteractionRequired: there is nothing to refresh with, or it is no longer good.
    """
    if previous is None:
        raise InteractionRequired("Nobody has signed in yet.")
    if not client.refresh or previous.refresh_token is None:
        raise InteractionRequired("The token is no longer good, and there is no refresh token: someone must sign in again.")
    try:
        return (yield from refreshed(client, previous.refresh_token, ambient, dpop_key=previous.dpop_key))
    except TokenEndpointError as error:
        if error.code != GRANT_INVALID:
            raise
        raise InteractionRequired(f"Someone must sign in again. {error.message}") from error


def refused_by_person(sentence: str) -> RemoteError:
    """The error where a sign-in was answered with no (RFC 6749 section 4.1.2.1, RFC 8628 section 3.5)."""
    return RemoteError(sentence, code="access_denied", hint="Sign in again, and allow what is asked for")
