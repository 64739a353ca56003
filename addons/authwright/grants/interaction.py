"""Shared by the grants that need a person: the refresh without one, and the error of a refused sign-in."""

from __future__ import annotations

from ..errors import InteractionRequired, RemoteError, TokenEndpointError
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from .client import TokenEndpointClient
from .refresh import refreshed
from .refusal import GRANT_INVALID


def refresh_only(client: TokenEndpointClient, previous: Token | None, ambient: Ambient) -> Flow[Token]:
    """The token, refreshed without a person.

    Raises:
        InteractionRequired: there is no refresh token, or it is no longer good.
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
    """The error when the person or the server denied the sign-in (RFC 6749 section 4.1.2.1, RFC 8628 section 3.5)."""
    return RemoteError(sentence, code="access_denied", hint="Sign in again, and allow what is asked for")
