"""How a token is obtained: one file a grant, and the table of them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..flow import Grant
from .client_credentials import ClientCredentials
from .password import Password
from .refresh_token import RefreshToken

GRANTS: Final[Mapping[str, type[Grant]]] = {grant.grant: grant for grant in (ClientCredentials, Password, RefreshToken)}
"""What ``grant:`` may say."""
