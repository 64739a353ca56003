"""The values that pass between a flow and the engine: a token, and a header field that stays the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ..secret import Secret


@dataclass(frozen=True, slots=True)
class Token:
    """A token that a grant obtained (RFC 6749 section 5.1).

    Args:
        access_token: the token to present.
        expires_at: when it ends. ``None`` when the server did not say; then it is used until a server rejects it.
        obtained_at: when it was obtained; with ``expires_at`` it gives the lifetime.
        refresh_token: obtains the next token.
        token_type: the token type, as the server spelt it.
        scope: the granted scope, when the server said it.
        id_token: an OpenID Connect ID token that came with it.
        dpop_key: the private key that the token is bound to (RFC 9449), as a JWK in JSON; it stays with the token, since a
            refresh token of a public client is bound to it, too.
        cookies: a cookie jar (``wire.cookie_jar``), of which the access token is then only the name.
    """

    access_token: Secret
    expires_at: datetime | None = None
    obtained_at: datetime | None = None
    refresh_token: Secret | None = None
    token_type: str = "Bearer"
    scope: str = ""
    id_token: Secret | None = None
    dpop_key: Secret | None = None
    cookies: Secret | None = None


class Standing(NamedTuple):
    """A header field that is the same on every request as long as the broker holds *token*.

    Its value is *secret* after *prefix* and a space, or *secret* alone when there is no prefix.
    """

    name: str
    prefix: str
    secret: Secret
    token: Token | None = None
