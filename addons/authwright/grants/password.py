"""The resource owner password credentials grant (RFC 6749 section 4.3); OAuth 2.1 leaves it out, many servers still have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..parameters import param
from ..secret import Secret
from .client import TokenEndpointClient
from .refresh import refreshed_or


@dataclass(frozen=True, slots=True, kw_only=True)
class Password(TokenEndpointClient):
    """A token for a user, by the user's name and password."""

    grant: ClassVar[str] = "password"

    username: str = param("The user's name.")
    password: Secret = param("The user's password.")

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Make a refresh when the server gave a refresh token, else one token request with the password."""
        pairs = (("username", self.username), ("password", self.password.reveal()), *self.targets)
        return refreshed_or(self, previous, ambient, self.ask(ambient, "password", pairs, self.extra.token))
