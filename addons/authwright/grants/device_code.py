"""The device grant: a person signs in with any device, by a code (RFC 8628)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..parameters import param
from .client import TokenEndpointClient
from .device_authorization import sign_in_with_device
from .interaction import refresh_only


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode(TokenEndpointClient):
    """A token for a person, who enters a code with any device once."""

    grant: ClassVar[str] = "device_code"
    interactive: ClassVar[bool] = True
    endpoints: ClassVar[tuple[str, ...]] = ("device_authorization_endpoint", "token_endpoint")

    device_authorization_endpoint: str = param(
        "Where the code is asked for (RFC 8628).", default="", example="https://idp.example.com/connect/deviceauthorization"
    )

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Make a refresh request; without a person there is no other way."""
        return refresh_only(self, previous, ambient)

    def sign_in(self, ambient: Ambient, *, device: bool = True) -> Flow[Token]:  # noqa: ARG002 - there is no other way
        """Show a code, and poll the token endpoint until the person has entered it."""
        return sign_in_with_device(self, ambient)
