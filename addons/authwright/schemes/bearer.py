"""A given token as a bearer token (RFC 6750 section 2.1)."""

from __future__ import annotations

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
class Bearer(SchemeBase):
    """A token in the Authorization header."""

    type: ClassVar[str] = "bearer"
    places: ClassVar[tuple[Place, ...]] = (Place("header", "Authorization"),)

    token: Secret = param("The token.", example="${env:GITHUB_TOKEN}")
    prefix: str = param("The word before the token; empty for the bare token.", default="Bearer", example="Token")

    def __post_init__(self) -> None:
        if not self.token:
            raise ParameterError("token", "the token is empty")

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:  # noqa: ARG002 - needs neither clock nor chance
        yield from forward(in_header(request, "Authorization", self.prefix, self.token.reveal()), self.token)

    def standing(self, _held: object) -> Standing:
        return Standing("Authorization", self.prefix, self.token)
