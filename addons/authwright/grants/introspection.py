"""Asks the authorization server about a token (RFC 7662)."""

from __future__ import annotations

from typing import Any, Final

from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from .client import TokenEndpointClient
from .extra import NOTHING_MORE
from .members import members_of, not_that

_PARAMETER: Final = "introspection_endpoint"


def introspect(client: TokenEndpointClient, token: Token, ambient: Ambient) -> Flow[dict[str, Any]]:
    """The members of the response (section 2.2); ``active`` says whether the access token is good.

    Raises:
        TokenEndpointError: the server refused, or its response has another form.
        AuthwrightError: there is no such endpoint.
    """
    endpoint = yield from client.endpoint(_PARAMETER)
    pairs = (("token", token.access_token.reveal()), ("token_type_hint", "access_token"))
    answer = yield from client.post(endpoint, "introspection", pairs, NOTHING_MORE, ambient)
    members = members_of(answer, _PARAMETER)
    if not isinstance(members.get("active"), bool):
        raise not_that(answer, "it does not say whether the token is active", _PARAMETER)
    return dict(members)
