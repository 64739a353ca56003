"""How much the proxy reads of a message, whichever carrier reads it."""

from __future__ import annotations

from typing import Final

from ..errors import RemoteError, RequestError

DISCARD_LIMIT: Final = 1 << 20
"""Bytes of a rejected response's body that the proxy reads before it gives up on the origin."""


def too_large(limit: int) -> RequestError:
    """The error for a request body that must be collected and has more than *limit* bytes."""
    return RequestError(
        f"The request's body is larger than the {limit} bytes that are collected for signing.",
        code="body_too_large",
        hint="Raise settings.max_signed_body, or use a payload option that does not sign the body.",
    )


def endless_rejection() -> RemoteError:
    """The error for a rejected response with a body of more than :data:`DISCARD_LIMIT` bytes."""
    return RemoteError("The origin's rejection has a body without end.")
