"""An answer of a token endpoint, and how it is spoken of: no secret in it, no control character, no more than a line."""

from __future__ import annotations

from typing import NamedTuple

from ..message import Response
from ..secret import Redactor


class EndpointAnswer(NamedTuple):
    """A response and what is needed to speak of it.

    Args:
        response: what came.
        endpoint: the token endpoint without its query, to be shown.
        grant_type: what was asked by.
        client_auth: how the client authenticated.
        redactor: knows every secret that was sent, for a server that echoes them.
    """

    response: Response
    endpoint: str
    grant_type: str
    client_auth: str
    redactor: Redactor

    @property
    def said(self) -> str:
        """The beginning of each sentence about it: who answered, with which status and type of content."""
        media_type = (self.response.headers.get("Content-Type") or "no content type").partition(";")[0]
        return f"{self.endpoint} answered {self.response.status} ({shown(media_type, self.redactor, 60)})"


def shown(text: str, redactor: Redactor, limit: int) -> str:
    """What a server said, fit for a person's terminal: no secret, no control character, no more than *limit* characters."""
    hidden = redactor.redact(text)
    plain = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in hidden[: limit + 1]
    )
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def shown_url(url: str) -> str:
    """An endpoint without its query, where a secret could stand."""
    return url.partition("?")[0]
