"""Reads the JSON object in an endpoint's response. All endpoints share it, so all are read equally strictly."""

from __future__ import annotations

from typing import Any

from ..errors import TokenEndpointError
from .answer import EndpointAnswer
from .json_object import NotAnObject, parse_object
from .refusal import MALFORMED, refusal


def members_of(answer: EndpointAnswer, parameter: str = "token_endpoint") -> dict[str, Any]:
    """The members of a 2xx response.

    Args:
        answer: the response.
        parameter: the configuration's parameter that names the endpoint.

    Raises:
        TokenEndpointError: the server refused or failed, or its response is no object.
    """
    try:
        members = parse_object(answer.response.body)
    except NotAnObject as error:
        if 200 <= answer.response.status < 300:
            raise not_that(answer, str(error), parameter) from None
        raise refusal(answer, {}) from None
    if not 200 <= answer.response.status < 300 or "error" in members:
        raise refusal(answer, members)
    return members


def not_that(answer: EndpointAnswer, what: str, parameter: str) -> TokenEndpointError:
    """The error for a response that is not what its endpoint must send."""
    return TokenEndpointError(
        f"{answer.said}, and that is not what it must answer: {what}.",
        status=answer.response.status,
        code=MALFORMED,
        hint=f"Check that {parameter} is the right URL",
    )
