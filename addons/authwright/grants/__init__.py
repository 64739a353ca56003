"""The grants, which obtain a token: one file for each, and the table of all."""

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
"""The grants by the word after ``grant:``."""
