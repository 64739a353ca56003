"""The authorization response (RFC 6749 sections 4.1.2 and 4.2.2): its issuer and its error.

The listener has compared the ``state`` before. A response with another ``state`` ends no sign-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..errors import RemoteError
from ..flow.language import Flow
from ..secret import Redactor
from .answer import shown
from .discovery import issuer_of
from .interaction import refused_by_person

type ResponseParameters = Mapping[str, str]

_NO_SECRETS: Final = Redactor()
_HINTS: Final[Mapping[str, str]] = {
    "invalid_request": "Check redirect_uri, pkce, scope and extra: one of them is not what the client is registered with",
    "unauthorized_client": "Allow this grant for the client at the authorization server",
    "unsupported_response_type": "The server does not know this grant for the client",
    "invalid_scope": "Check scope",
    "invalid_target": "Check resource and audience",
    "login_required": "Sign in again",
    "consent_required": "Sign in again, and allow what is asked for",
}


def expected_issuer(configured: str, page: str, came: ResponseParameters) -> Flow[str]:
    """The issuer that the response must be from; empty when that is not known and the response does not say it either.

    Args:
        configured: the issuer of the configuration; empty when it names none.
        page: the authorization endpoint that the person was sent to.
        came: the response's parameters.
    """
    if configured or "iss" not in came:
        return configured
    return (yield from issuer_of(page, came["iss"]))


def check_response(came: ResponseParameters, server: str, issuer: str, *, issuer_required: bool = False) -> None:
    """Refuse an authorization response of another server, or one that says that the sign-in failed.

    Args:
        came: the parameters of the response.
        server: the authorization server, to be shown.
        issuer: its issuer identifier; empty when it is not known.
        issuer_required: whether the server's metadata says that it always sends ``iss``.

    Raises:
        RemoteError: ``wrong_issuer`` (RFC 9207 section 2.4), ``access_denied`` when a person or the server said no,
            ``authorization_refused``.
    """
    if issuer and (came["iss"] != issuer if "iss" in came else issuer_required):
        raise RemoteError(
            f"The answer of the sign-in is not {server}'s: its iss is {_said(came.get('iss', 'missing'))}.",
            code="wrong_issuer",
            hint="Sign in again; if that does not help, check issuer and authorization_endpoint",
        )
    error = came.get("error", "")
    if not error:
        return
    sentence = f"{server} refused the sign-in: {_said(error)}{_described(came)}."
    if error == "access_denied":
        raise refused_by_person(sentence)
    raise RemoteError(sentence, code="authorization_refused", hint=_HINTS.get(error, "Sign in again"))


def code_of(came: ResponseParameters, server: str) -> str:
    """The authorization code in a checked response.

    Raises:
        RemoteError: there is none.
    """
    if code := came.get("code", ""):
        return code
    raise RemoteError(
        f"{server} sent neither a code nor an error.", code="authorization_refused", hint="Check authorization_endpoint"
    )


def _described(came: ResponseParameters) -> str:
    description = came.get("error_description", "")
    return f", “{_said(description, 200)}”" if description else ""


def _said(text: str, limit: int = 100) -> str:
    return shown(text, _NO_SECRETS, limit)
