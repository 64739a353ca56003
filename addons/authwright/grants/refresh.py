"""Refreshing a token (RFC 6749 section 6)."""

from __future__ import annotations

from dataclasses import replace

from ..errors import TokenEndpointError
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..secret import Secret
from .client import TokenEndpointClient
from .form_request import FormPairs
from .refusal import GRANT_INVALID


def refreshed(
    client: TokenEndpointClient,
    refresh_token: Secret,
    ambient: Ambient,
    scope: FormPairs = (),
    dpop_key: Secret | None = None,
) -> Flow[Token]:
    """A token for a refresh token, bound to the same key. Without a new refresh token in the response, the old one stays.

    Without *scope* the server keeps the granted scope, which may be smaller than the requested one.

    Raises:
        TokenEndpointError: with code ``grant_invalid`` when the refresh token is no longer good.
    """
    targets = (pair for pair in client.targets if pair[0] != "scope")
    pairs = (("refresh_token", refresh_token.reveal()), *scope, *targets)
    token: Token = yield from client.ask(ambient, "refresh_token", pairs, client.extra.refresh, dpop_key)
    return token if token.refresh_token is not None else replace(token, refresh_token=refresh_token)


def refreshed_or(client: TokenEndpointClient, previous: Token | None, ambient: Ambient, grant: Flow[Token]) -> Flow[Token]:
    """Refresh *previous* when it has a good refresh token; else run *grant*."""
    if client.refresh and previous is not None and previous.refresh_token is not None:
        try:
            return (yield from refreshed(client, previous.refresh_token, ambient, dpop_key=previous.dpop_key))
        except TokenEndpointError as error:
            if error.code != GRANT_INVALID:
                raise
    return (yield from grant)
