"""The JWT bearer grant: a signed assertion obtains the token (RFC 7523 section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire.endpoint import check_endpoint
from ..wire.pem import signing_key
from .assertion import Assertion
from .client import TokenEndpointClient
from .refresh import refreshed_or
from .service_account import ServiceAccount

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtBearer(TokenEndpointClient):
    """A token by an assertion: a given one, or one made with a private key or a Google service account."""

    grant: ClassVar[str] = "jwt_bearer"
    endpoints: ClassVar[tuple[str, ...]] = ()
    """A service account's file names its token endpoint."""
    client_is_optional: ClassVar[bool] = True
    signs: ClassVar[bool] = True

    issuer: str = param(
        "With token_endpoint: who makes the assertion (iss); the client_id when it is not given. Without: the authorization "
        "server's issuer, whose metadata names the token endpoint.",
        default="",
        example="robot@example.com",
    )
    client_id: str = param("The client's identifier, where the server wants one beside the assertion.", default="")
    assertion: Secret | None = param("The assertion, where somebody else makes it.", default=None)
    service_account: Secret | None = param(
        "A Google service account's file; it says all but the scope.", default=None, example="robot.json", contents=True
    )
    subject: str = param("Whom the token is for (sub).", default="", example="alice@example.com")
    claims: Mapping[str, Any] = param("Further claims of the assertion; they win over those made here.", default=None)
    lifetime: timedelta = param("How long an assertion is good for.", default=timedelta(minutes=5), advanced=True)

    def __post_init__(self) -> None:
        self._check_ways()
        self._check_parts()
        TokenEndpointClient.__post_init__(self)

    @property
    def authorization_server(self) -> str:
        return self.token_endpoint or (self._account.token_uri if self._account else self.issuer)

    @property
    def discovered_from(self) -> str:
        return "" if self.token_endpoint or self.service_account is not None else self.issuer

    def endpoint(self, name: str) -> Flow[str]:
        """The URL of an endpoint; a service account's file names its token endpoint."""
        if name == "token_endpoint" and not self.token_endpoint and self._account is not None:
            return self._account.token_uri
        return (yield from TokenEndpointClient.endpoint(self, name))

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Make a refresh when the server gave a refresh token, else one token request with an assertion."""
        return refreshed_or(self, previous, ambient, self._asked(ambient))

    def _asked(self, ambient: Ambient) -> Flow[Token]:
        audience = yield from self.endpoint("token_endpoint")
        assertion = ("assertion", (self.assertion or self._made(audience, ambient)).reveal())
        # Google reads the scope in the assertion, the standard wants it beside the assertion (RFC 7521 section 4.1).
        targets = self.targets if self._account is None else ()
        return (yield from self.ask(ambient, GRANT_TYPE, (assertion, *targets), self.extra.token))

    def _made(self, audience: str, ambient: Ambient) -> Secret:
        account = self._account
        scope = " ".join(self.scope)
        claims = ({"scope": scope} if scope and account else {}) | dict(self.claims or {})
        key = account.private_key if account else self.private_key
        assert key is not None
        key_id = self.key_id or (account.private_key_id if account else "")
        return Assertion(self._issuer, self.subject, key, key_id, self.lifetime, claims).signed(audience, ambient)

    @property
    def _account(self) -> ServiceAccount | None:
        return ServiceAccount.parse(self.service_account) if self.service_account is not None else None

    @property
    def _issuer(self) -> str:
        if self._account is not None:
            return self._account.client_email
        own = self.issuer if self.token_endpoint else ""
        return own or self.client_id or str((self.claims or {}).get("iss", ""))

    def _check_ways(self) -> None:
        """Refuse anything but one source of the assertion."""
        given = [name for name in ("assertion", "service_account", "private_key") if getattr(self, name) is not None]
        if len(given) == 2 and given[1] == "private_key" and self.client_auth == "private_key_jwt":
            given.pop()  # that key is the client's
        if not given:
            hint = "Add service_account, or issuer and private_key, or assertion"
            raise ParameterError("assertion", "There is nothing to make an assertion of.", hint)
        if len(given) > 1:
            raise ParameterError(given[0], f"{given[0]} and {given[1]} are given, and one is enough.", "Leave one of them out")
        for name in ("subject", "claims") if given == ["assertion"] else ():
            if getattr(self, name):
                raise ParameterError(
                    name, f"{name} does not change an assertion that is given.", f"Leave {name} or assertion out"
                )

    def _check_parts(self) -> None:
        """Refuse parameters that make no assertion."""
        if not self.authorization_server:
            hint = "token_endpoint: https://host/path"
            raise ParameterError("token_endpoint", "Neither token_endpoint nor issuer is given.", hint)
        if self.assertion is None and not self._issuer:
            raise ParameterError("issuer", "The assertion has no issuer.", "Add issuer, or client_id")
        if self.lifetime <= timedelta(0):
            raise ParameterError("lifetime", "The lifetime must be longer than nothing.", "lifetime: 5m")
        if self.private_key is not None:
            signing_key("private_key", self.private_key)
        if self._account is not None:
            signing_key("service_account", self._account.private_key)
            check_endpoint("service_account", self._account.token_uri)
