"""The user's own parameters for the requests of a grant, step by step.

They replace the parameters of the same name that the grant generates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ..message import Request
from ..parameters import ParameterError, param
from ..wire.form import urlencode_form
from ..wire.grammar import NOT_IN_VALUE, TOKEN
from ..wire.query import append, without

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_OURS: Final = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect")
)
"""Header fields that say where a message goes and where it ends (RFC 9110 section 7.6, RFC 9112 section 6)."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TokenStep:
    """The user's parameters for one kind of request. Any of the values may be a secret."""

    query: Mapping[str, str] = param("Parameters for the URL's query.", default=_NOTHING, advanced=True)
    body: Mapping[str, str] = param("Parameters for the form body.", default=_NOTHING, advanced=True)
    header: Mapping[str, str] = param("Header fields.", default=_NOTHING, advanced=True)

    def __post_init__(self) -> None:
        for name, value in self.header.items():
            _check_field(name, value)

    def __repr__(self) -> str:
        return f"Step(query={[*self.query]}, body={[*self.body]}, header={[*self.header]})"

    @property
    def values(self) -> tuple[str, ...]:
        """Every value."""
        return (*self.query.values(), *self.body.values(), *self.header.values())

    def apply(self, request: Request, pairs: Iterable[tuple[str, str]]) -> Request:
        """*request* with *pairs* as its form body. These parameters replace those of the same name."""
        kept = [pair for pair in pairs if pair[0] not in self.body]
        target = request.target
        for name, value in self.query.items():
            target = append(without(target, name), name, value)
        headers = request.headers
        for name, value in self.header.items():
            headers = headers.with_field(name, value)
        body = urlencode_form((*kept, *self.body.items()))
        return Request(request.method, request.origin, target, headers, body, request.authority)


NOTHING_MORE: Final = TokenStep()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """Further parameters, by the step whose request they join."""

    authorization: TokenStep = param("For the authorization request.", default=NOTHING_MORE, advanced=True)
    token: TokenStep = param("For the token request.", default=NOTHING_MORE, advanced=True)
    refresh: TokenStep = param("For the refresh request.", default=NOTHING_MORE, advanced=True)


def _check_field(name: str, value: str) -> None:
    if not TOKEN.match(name):
        raise ParameterError("header", f"{name[:60]!r} is not a header name.", "Letters, digits and hyphens")
    if name.lower() in _OURS or name.lower().startswith("proxy-"):
        raise ParameterError("header", f"{name} says how a message travels, and is not yours to set.", f"Leave {name} out")
    if NOT_IN_VALUE.search(value) or value != value.strip(" \t"):
        raise ParameterError(
            "header",
            f"The value of {name} holds a control character, or starts or ends with a space.",
            "One line, without spaces around it",
        )
