"""The error for a server that cannot be reached, in the same words for our own requests and for the client's."""

from __future__ import annotations

import re
from typing import Final

from ..errors import TransportError

_NOT_VERIFIED: Final = r"certificate[ _]verify[ _]failed"
_UNTRUSTED: Final = re.compile(rf"{_NOT_VERIFIED}(?:[:\]]\s*(?:{_NOT_VERIFIED}:?\s*)?([^(]*))?", re.IGNORECASE)
"""OpenSSL's error by its name, its words, or both, and the cause behind them."""


def unreachable(server: object, reason: str) -> TransportError:
    """The error for a *server* that gave no answer.

    Args:
        server: the server's origin, or ``None`` where it is not known.
        reason: the cause, in the words of the library or of the system.

    Returns:
        An error with the code ``timeout`` where *reason* speaks of time, else ``unreachable``.
    """
    where = f"{server}" if server else "the origin"
    if untrusted := _UNTRUSTED.search(reason):
        cause = (untrusted[1] or "").strip(" .") or "verification failed"
        return TransportError(
            f"The certificate of {where} is not trusted: {cause}.",
            hint="Name its CA in settings.upstream_ca, or in SSL_CERT_FILE.",
        )
    late = "timed out" in reason.lower() or "Errno 110" in reason
    return TransportError(
        f"{where} cannot be reached: {reason.rstrip('.')}.",
        code="timeout" if late else "unreachable",
        hint="See that the server is up and the name is right.",
    )
