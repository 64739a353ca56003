"""Basic access authentication (RFC 7617), in UTF-8."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import ClassVar

from ..flow.bases import SchemeBase
from ..flow.commands import forward
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Standing
from ..message import Place, Request
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire.placement import in_header


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic(SchemeBase):
    """A user name and a password in the Authorization header."""

    type: ClassVar[str] = "basic"
    places: ClassVar[tuple[Place, ...]] = (Place("header", "Authorization"),)

    username: str = param("The user name; it cannot hold a colon.", default="", example="alice")
    password: Secret = param("The password.", default=Secret(""), example="${env:API_PASSWORD}")

    def __post_init__(self) -> None:
        # RFC 7617 section 2: a user-id containing a colon is invalid, as the first colon ends it.
        if ":" in self.username:
            raise ParameterError(
                "username", "a Basic user name cannot hold a colon", "The first colon separates it from the password"
            )
        for name, text in (("username", self.username), ("password", self.password.reveal())):
            if _CONTROL.search(text):
                raise ParameterError(name, f"the {name} holds a control character")

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:  # noqa: ARG002 - needs neither clock nor chance
        credentials = self._credentials()
        yield from forward(in_header(request, "Authorization", "Basic", credentials.reveal()), credentials)

    def standing(self, _held: object) -> Standing:
        return Standing("Authorization", "Basic", self._credentials())

    def _credentials(self) -> Secret:
        user_pass = f"{self.username}:{self.password.reveal()}".encode()
        return Secret(base64.b64encode(user_pass).decode())


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
