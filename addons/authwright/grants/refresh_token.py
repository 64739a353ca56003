"""Begins with a refresh token that the user obtained elsewhere (RFC 6749 section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..parameters import ParameterError, param
from ..secret import Secret
from .client import TokenEndpointClient
from .refresh import refreshed


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken(TokenEndpointClient):
    """A token by a refresh token that was obtained elsewhere."""

    grant: ClassVar[str] = "refresh_token"

    refresh_token: Secret = param("The first refresh token; a newer one that the server gave is kept and used instead.")

    def __post_init__(self) -> None:
        TokenEndpointClient.__post_init__(self)
        if not self.refresh_token:
            raise ParameterError("refresh_token", "refresh_token is empty.", "Obtain one elsewhere, and name its source")
        if not self.refresh:
            raise ParameterError("refresh", "grant: refresh_token can do nothing but refresh.", "Leave refresh out")

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Make one refresh request, with the newest refresh token."""
        scope = tuple(pair for pair in self.targets if pair[0] == "scope")
        if previous is not None and previous.refresh_token is not None:
            return refreshed(self, previous.refresh_token, ambient, scope, previous.dpop_key)
        return refreshed(self, self.refresh_token, ambient, scope)
