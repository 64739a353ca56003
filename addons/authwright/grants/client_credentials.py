"""The client credentials grant: a client asks on its own behalf (RFC 6749 section 4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from .client import TokenEndpointClient
from .refresh import refreshed_or


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials(TokenEndpointClient):
    """A token for the client itself, by its own credentials."""

    grant: ClassVar[str] = "client_credentials"

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Make one token request, or a refresh when the server gave a refresh token (it SHOULD NOT, section 4.4.3)."""
        request = self.ask(ambient, "client_credentials", self.targets, self.extra.token)
        return refreshed_or(self, previous, ambient, request)
