"""A GitHub App's installation token. The app signs a JWT; GitHub answers with a token for one installation.

This is not OAuth: the response has GitHub's own format.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from ..errors import TokenEndpointError
from ..flow.bases import GrantBase
from ..flow.commands import fetch
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..message import Request
from ..parameters import ParameterError, param
from ..secret import Redactor, Secret
from ..wire.endpoint import check_endpoint
from ..wire.identity import key_of
from ..wire.jose import signed
from ..wire.pem import algorithms_of, signing_key
from .answer import EndpointAnswer, shown
from .json_object import object_or_nothing
from .refusal import MALFORMED, REFUSED, UNAVAILABLE

_LIFETIME: Final = timedelta(minutes=9)
"""GitHub accepts ten minutes at most."""
_CLOCK_DRIFT: Final = timedelta(seconds=60)
"""GitHub's own advice for iat."""
_TOKEN: Final = re.compile(r"[\x21-\x7e]+\Z")
_HEAD: Final = (
    ("Accept", "application/vnd.github+json"),
    ("Content-Type", "application/json"),
    ("User-Agent", "authwright"),
    ("X-GitHub-Api-Version", "2022-11-28"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubApp(GrantBase):
    """A token of a GitHub App for one of its installations."""

    grant: ClassVar[str] = "github_app"

    client_id: str = param("The app's client ID, or its app ID.", example="Iv23liABCDEF")
    private_key: Secret = param("The app's private key: PEM, or its file.", example="app.private-key.pem", contents=True)
    installation_id: str = param("The installation's number: the end of its settings page's URL.", example="12345678")
    repositories: tuple[str, ...] = param("The names of the repositories the token is for; all when none is given.", default=())
    permissions: Mapping[str, str] = param(
        "What the token may do; all that the app may when nothing is given.", default=None, example={"contents": "read"}
    )
    api: str = param("The URL of GitHub's API.", default="https://api.github.com", advanced=True)
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_endpoint("api", self.api)
        if not re.fullmatch(r"[0-9]{1,20}", self.installation_id):
            raise ParameterError(
                "installation_id", "installation_id is not a number.", "https://github.com/settings/installations"
            )
        if signing_key("private_key", self.private_key).key_type != "RSA":
            raise ParameterError(
                "private_key", "private_key is not an RSA key, as GitHub makes them.", "Make one in the app's settings"
            )
        object.__setattr__(self, "key", key_of(self))

    @property
    def authorization_server(self) -> str:
        return f"{self.api.rstrip('/')}/app/installations/{self.installation_id}/access_tokens"

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:  # noqa: ARG002 - there is nothing to refresh
        """Make one request, authenticated by a JWT of the app."""
        proof = self._proof(ambient)
        wanted: dict[str, Any] = {"repositories": list(self.repositories)} if self.repositories else {}
        wanted |= {"permissions": dict(self.permissions)} if self.permissions else {}
        head = (*_HEAD, ("Authorization", f"Bearer {proof.reveal()}"))
        response = yield from fetch(Request.of("POST", self.authorization_server, head, json.dumps(wanted).encode()))
        redactor = Redactor((proof.reveal(), self.private_key.reveal()))
        return _token_of(EndpointAnswer(response, self.authorization_server, self.grant, "JWT", redactor), ambient.now())

    def _proof(self, ambient: Ambient) -> Secret:
        now = ambient.now()
        claims = {
            "iat": int((now - _CLOCK_DRIFT).timestamp()),
            "exp": int((now + _LIFETIME).timestamp()),
            "iss": self.client_id,
        }
        key = signing_key("private_key", self.private_key)
        return signed({"typ": "JWT", "alg": algorithms_of(key)[0]}, claims, key)


def _token_of(answer: EndpointAnswer, now: datetime) -> Token:
    """The token in GitHub's response.

    Raises:
        TokenEndpointError: there is none.
    """
    members = object_or_nothing(answer.response.body)
    if answer.response.status != 201:
        raise _refused(answer, members.get("message"))
    token, end = members.get("token"), members.get("expires_at")
    if not isinstance(token, str) or not _TOKEN.match(token) or not isinstance(end, str):
        raise TokenEndpointError(f"{answer.said}, and there is no token in it.", status=201, code=MALFORMED, hint="Check api")
    try:
        return Token(Secret(token), datetime.fromisoformat(end).astimezone(UTC), now)
    except ValueError:
        raise TokenEndpointError(f"{answer.said}, and its expires_at is no time.", status=201, code=MALFORMED) from None


def _refused(answer: EndpointAnswer, message: Any) -> TokenEndpointError:
    status = answer.response.status
    text = f": “{shown(message, answer.redactor, 200)}”" if isinstance(message, str) and message else ""
    hints = {
        401: "Check client_id, private_key, and the clock of this machine",
        403: "Check permissions",
        404: "Check installation_id: it must be one of this app's",
        422: "Check repositories and permissions: the app must have them itself",
    }
    later = status == 429 or status >= 500
    hint = "Try again later" if later else hints.get(status, "Check api")
    return TokenEndpointError(f"{answer.said}{text}.", status=status, code=UNAVAILABLE if later else REFUSED, hint=hint)
