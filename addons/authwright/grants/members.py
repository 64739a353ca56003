"""The JSON object that an endpoint answered: the one way to it, so that every endpoint's answer is read as strictly."""

from __future__ import annotations

from typing import Any

from ..errors import TokenEndpointError
from .answer import EndpointAnswer
from .json_object import NotAnObject, parse_object
from .refusal import MALFORMED, refusal


def members_of(answer: EndpointAnswer, parameter: str = "token_endpoint") -> dict[str, Any]:
    """The members of a 2xx answer.

    Args:
        answer: the answer.
        parameter: what names its endpoint in the configuration.

    Raises:
        TokenEndpointError: the server refused, failed, or answered something else than an object.
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
    """The error for an answer that is not what its endpoint must answer."""
    return TokenEndpointError(
        f"{answer.said}, and that is not what it must answer: {what}.",
        status=answer.response.status,
        code=MALFORMED,
        hint=f"Check that {parameter} is the right URL",
    )
