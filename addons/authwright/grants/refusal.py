"""A token endpoint's refusals, by the party that must act (RFC 6749 section 5.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..errors import TokenEndpointError
from ..wire.retry_after import retry_after
from .answer import EndpointAnswer, shown

REFUSED: Final = "token_endpoint_refused"
"""The configuration must change, or the client's registration."""
GRANT_INVALID: Final = "grant_invalid"
"""The refresh token, code or password is not good, or no longer."""
UNAVAILABLE: Final = "token_endpoint_unavailable"
"""A retry may succeed later."""
MALFORMED: Final = "token_endpoint_malformed"
"""The response has no form that the standard knows."""

_LONGEST_DESCRIPTION: Final = 200
_LATER: Final = frozenset((408, 425, 429))
_LATER_ERRORS: Final = frozenset(("temporarily_unavailable", "server_error", "slow_down"))
_HINTS: Final[Mapping[str, str]] = {
    "invalid_client": "Check client_id, what proves it, and client_auth, which is {client_auth} now",
    "unauthorized_client": "Allow the grant {grant_type} for this client at the authorization server",
    "unsupported_grant_type": "The server does not know {grant_type}: check grant and token_endpoint",
    "invalid_scope": "Check scope",
    "invalid_target": "Check resource and audience",
    "unsupported_token_type": "The server cannot end tokens of this kind before they expire",
    "invalid_dpop_proof": "Check the clock of this machine",
    "invalid_request": "A parameter is missing or wrong: check audience, resource, scope and extra",
}
_GRANT_HINTS: Final[Mapping[str, str]] = {
    "password": "Check username and password",
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "Check the assertion: its issuer, subject, key and the clock of this machine",
    "urn:ietf:params:oauth:grant-type:token-exchange": "Check subject_token and its type",
    "refresh_token": "The refresh token has ended or was revoked: obtain a new one",
}


def refusal(answer: EndpointAnswer, fields: Mapping[str, Any]) -> TokenEndpointError:
    """The error for a response without a token.

    Args:
        answer: the response.
        fields: its JSON members; empty when it was no JSON object.
    """
    status = answer.response.status
    error = shown(_text(fields, "error"), answer.redactor, 60)
    code = _code(status, error)
    refused = TokenEndpointError(
        _sentence(answer, error, fields), error=error, status=status, code=code, hint=_hint(answer, code, error)
    )
    refused.retry_after = retry_after(answer.response) if code == UNAVAILABLE else None
    return refused


def _code(status: int, error: str) -> str:
    if status in _LATER or status >= 500 or error in _LATER_ERRORS:
        return UNAVAILABLE
    if error == "invalid_grant":
        return GRANT_INVALID
    return REFUSED if error or status >= 400 else MALFORMED


def _sentence(answer: EndpointAnswer, error: str, fields: Mapping[str, Any]) -> str:
    response, redactor, said = answer.response, answer.redactor, answer.said
    if 300 <= response.status < 400:
        location = re.split("[?#]", response.headers.get("Location") or "nowhere")[0]
        return f"{said}, a redirect to {shown(location, redactor, 120)}, which is never followed."
    if not error:
        return f"{said} without an OAuth error."
    description = shown(_text(fields, "error_description"), redactor, _LONGEST_DESCRIPTION)
    return f"{said}: {error}, “{description}”." if description else f"{said}: {error}."


def _hint(answer: EndpointAnswer, code: str, error: str) -> str:
    if code == UNAVAILABLE:
        return "Try again later"
    if code == GRANT_INVALID:
        return _GRANT_HINTS.get(answer.grant_type, "Check the client's registration at the authorization server")
    if 300 <= answer.response.status < 400:
        return "Write the URL it leads to into token_endpoint, if you trust it"
    known = _HINTS.get(error, "" if error else "Check that token_endpoint is the URL of the token endpoint")
    return known.format(client_auth=answer.client_auth, grant_type=answer.grant_type)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
