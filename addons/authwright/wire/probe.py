"""What is asked before a body that can be sent once, so that its request goes out with credentials.

A HEAD: it is safe (RFC 9110 section 9.2.1), so that whatever the origin makes of it, nothing is done twice. The client's own
method without a body would be taken for the request itself wherever the origin asks for no credentials.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..message import Headers, Request

_KEPT: Final = frozenset(("host", "user-agent", "accept", "cookie"))
"""Nothing that could turn the HEAD into something else (``X-HTTP-Method-Override``) or says what the body is."""


def probe_of(request: Request) -> Request:
    """The question to ask before *request*: itself, unless its body can be sent once."""
    if not request.streamed:
        return request
    fields = tuple(field for field in request.headers.fields if field[0].lower() in _KEPT)
    return replace(request, method="HEAD", headers=Headers(fields), body=b"", streamed=False)
