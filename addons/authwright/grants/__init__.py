"""How a token is obtained: one file a grant, and the table of them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..flow import Grant
from .authorization_code import AuthorizationCode
from .client_credentials import ClientCredentials
from .device_code import DeviceCode
from .implicit import Implicit
from .password import Password
from .refresh_token import RefreshToken

GRANTS: Final[Mapping[str, type[Grant]]] = {
    grant.grant: grant for grant in (AuthorizationCode, ClientCredentials, Password, Implicit, DeviceCode, RefreshToken)
}
"""What ``grant:`` may say."""
