"""How a token is obtained: one file a grant, and the table of them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..flow.protocols import Grant
from .authorization_code import AuthorizationCode
from .client_credentials import ClientCredentials
from .device_code import DeviceCode
from .github_app import GitHubApp
from .implicit import Implicit
from .jwt_bearer import JwtBearer
from .password import Password
from .refresh_token import RefreshToken
from .token_exchange import TokenExchange

_ALL: Final[tuple[type[Grant], ...]] = (
    AuthorizationCode,
    ClientCredentials,
    Password,
    Implicit,
    DeviceCode,
    JwtBearer,
    TokenExchange,
    RefreshToken,
    GitHubApp,
)

GRANTS: Final[Mapping[str, type[Grant]]] = {grant.grant: grant for grant in _ALL}
"""What ``grant:`` may say."""
