"""An API key in a header, the query or a cookie (OpenAPI 3.1, Security Scheme Object ``apiKey``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ..flow.bases import SchemeBase
from ..flow.commands import forward
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Standing
from ..message import Place, Request
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire.placement import in_cookie, in_header, in_query


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey(SchemeBase):
    """An API key in a header, the query or a cookie."""

    type: ClassVar[str] = "api_key"

    name: str = param("The name of the header, query parameter or cookie.", example="X-Api-Key")
    value: Secret = param("The key.", example="${env:API_KEY}")
    placement: Literal["header", "query", "cookie"] = param("Where the key goes.", default="header", key="in")

    def __post_init__(self) -> None:
        if not self.name:
            raise ParameterError("name", "an API key needs the name of its header, query parameter or cookie")
        if not self.value:
            raise ParameterError("value", "the API key is empty")

    @property
    def places(self) -> tuple[Place, ...]:
        return (Place(self.placement, self.name),)

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:  # noqa: ARG002 - needs neither clock nor chance
        yield from forward(self._placed(request), self.value)

    def standing(self, _held: object) -> Standing | None:
        return Standing(self.name, "", self.value) if self.placement == "header" else None

    def _placed(self, request: Request) -> Request:
        match self.placement:
            case "header":
                return in_header(request, self.name, "", self.value.reveal())
            case "query":
                return in_query(request, self.name, self.value.reveal())
            case "cookie":
                return in_cookie(request, self.name, self.value.reveal())
