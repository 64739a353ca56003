"""A client's redirect URI (RFC 6749 section 3.1.2, RFC 8252 sections 7 and 8.3)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ..parameters import ParameterError

FREE_PORT: Final = "http://127.0.0.1/callback"
"""RFC 8252 section 7.3: a server lets a client of its kind use any port."""
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def check_redirect_uri(uri: str) -> None:
    """Refuse a redirect URI that cannot carry a response, or carries it in the clear over a network.

    Raises:
        ParameterError: pointing at ``redirect_uri``.
    """
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ParameterError("redirect_uri", "redirect_uri is no URL.", FREE_PORT) from None
    if not parts.scheme or parts.fragment or (parts.scheme in ("http", "https") and not host):
        raise ParameterError("redirect_uri", "redirect_uri is not an absolute URL without a fragment.", FREE_PORT)
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise ParameterError(
            "redirect_uri", "redirect_uri is plain http to another machine: the code would be readable on the way.", FREE_PORT
        )
    if parts.scheme == "http" and (parts.query or parts.username is not None):
        raise ParameterError("redirect_uri", "A loopback redirect_uri has no query and no user in it.", FREE_PORT)
