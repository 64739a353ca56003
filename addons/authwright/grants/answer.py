"""A token endpoint's response, and the text about it that a person may see: one line without secrets or control characters."""

from __future__ import annotations

from typing import NamedTuple

from ..message import Response
from ..secret import Redactor
from ..terminal import visible


class EndpointAnswer(NamedTuple):
    """A response, and what an error message says of it.

    Args:
        response: the response.
        endpoint: the token endpoint without its query, to be shown.
        grant_type: the grant type of the request.
        client_auth: how the client authenticated.
        redactor: knows every secret in the request, since a server may echo them.
    """

    response: Response
    endpoint: str
    grant_type: str
    client_auth: str
    redactor: Redactor

    @property
    def said(self) -> str:
        """The beginning of each sentence about the response: the endpoint, the status and the media type."""
        media_type = (self.response.headers.get("Content-Type") or "no content type").partition(";")[0]
        return f"{self.endpoint} answered {self.response.status} ({shown(media_type, self.redactor, 60)})"


def shown(text: str, redactor: Redactor, limit: int) -> str:
    """A server's text, made safe for a terminal: no secret, no control character, at most *limit* characters."""
    plain = visible(redactor.redact(text)[: limit + 1])
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def shown_url(url: str) -> str:
    """The URL of an endpoint without its query, which could hold a secret."""
    return url.partition("?")[0]
