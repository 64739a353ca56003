"""The authorization request (RFC 6749 section 4.1.1): in the URL that the browser opens, or pushed beforehand (RFC 9126)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..message import Request
from ..parameters import ParameterError
from ..wire.query import append, without
from .client import TokenEndpointClient
from .extra import TokenStep
from .form_request import FormPairs
from .members import members_of, not_that

_PARAMETER: Final = "pushed_authorization_request_endpoint"


def authorization_url(endpoint: str, pairs: Iterable[tuple[str, str]], step: TokenStep = TokenStep()) -> str:  # noqa: B008 - it is frozen
    """The URL to open: *endpoint* with *pairs*, and with the user's own parameters in place of those of the same name."""
    url = endpoint
    for name, value in (*(pair for pair in pairs if pair[0] not in step.query), *step.query.items()):
        url = append(without(url, name) if name in step.query else url, name, value)
    return url


def server_of(url: str) -> str:
    """The authorization server that *url* belongs to, to be shown."""
    return str(Request.of("GET", url).origin)


def pushed(client: TokenEndpointClient, endpoint: str, pairs: FormPairs, step: TokenStep, ambient: Ambient) -> Flow[FormPairs]:
    """Push the authorization request to *endpoint*; the parameters that are left for the URL (RFC 9126 sections 2 and 4).

    Raises:
        TokenEndpointError: the server refused, or its response holds no request URI.
    """
    own = (*(pair for pair in pairs if pair[0] not in step.query), *step.query.items())
    answer = yield from client.post(
        endpoint, "authorization request", own, TokenStep(body=step.body, header=step.header), ambient
    )
    uri = members_of(answer, _PARAMETER).get("request_uri")
    if not isinstance(uri, str) or not uri:
        raise not_that(answer, "there is no request_uri in it", _PARAMETER)
    return (("client_id", client.client_id), ("request_uri", uri))


def check_step(step: TokenStep, *, pushes: bool) -> None:
    """Refuse parameters that do not go into a URL that a browser opens.

    Raises:
        ParameterError: pointing at ``extra``.
    """
    if (step.body or step.header) and not pushes:
        raise ParameterError(
            "extra",
            "extra.authorization has a body or header, and the authorization request is a URL in the browser.",
            "Write them under query, or add pushed_authorization_request_endpoint",
        )
