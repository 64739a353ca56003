"""Revokes a token at the authorization server (RFC 7009)."""

from __future__ import annotations

from typing import Final

from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from .client import TokenEndpointClient
from .extra import NOTHING_MORE
from .json_object import object_or_nothing
from .refusal import refusal

_UNSUPPORTED: Final = "unsupported_token_type"
"""The error of a server that cannot revoke tokens of this kind, such as signed ones (section 2.2.1)."""


def revoke(client: TokenEndpointClient, token: Token, ambient: Ambient) -> Flow[None]:
    """Revoke *token*: first its refresh token, with which many servers revoke all its access tokens, then its access token.

    Raises:
        TokenEndpointError: the server refused, or cannot revoke either of the two.
        AuthwrightError: there is no such endpoint.
    """
    endpoint = yield from client.endpoint("revocation_endpoint")
    ended = False
    for hint, secret in (("refresh_token", token.refresh_token), ("access_token", token.access_token)):
        if secret is None:
            continue
        pairs = (("token", secret.reveal()), ("token_type_hint", hint))
        answer = yield from client.post(endpoint, "revocation", pairs, NOTHING_MORE, ambient)
        if 200 <= answer.response.status < 300:
            ended = True
            continue
        members = object_or_nothing(answer.response.body)
        if not (ended and members.get("error") == _UNSUPPORTED):
            raise refusal(answer, members)
