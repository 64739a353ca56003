"""The HEAD request that the proxy sends before a body that can be sent once, to learn the challenge first.

HEAD is safe (RFC 9110 section 9.2.1), so the origin does nothing twice. An origin that asks for no credentials would take the
client's own method without a body for the request itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..message import Headers, Request

_KEPT: Final = frozenset(("host", "user-agent", "accept", "cookie"))
"""The headers that a probe keeps: none that could change its method (``X-HTTP-Method-Override``) or describes the body."""


def probe_of(request: Request) -> Request:
    """The request to learn the challenge with: *request* itself, or a HEAD when its body can be sent once."""
    if not request.streamed:
        return request
    fields = tuple(field for field in request.headers.fields if field[0].lower() in _KEPT)
    return replace(request, method="HEAD", headers=Headers(fields), body=b"", streamed=False)
