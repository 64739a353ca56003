"""URLs that the proxy sends a secret to (RFC 6749 section 3.1.2.1, RFC 8252 section 8.3)."""

from __future__ import annotations

from ..errors import RequestError
from ..message import Request
from ..parameters import ParameterError


def check_endpoint(name: str, url: str) -> None:
    """Refuse an endpoint that a secret cannot be sent to: not absolute, or in the clear beyond this machine.

    Raises:
        ParameterError: pointing at the parameter *name*.
    """
    try:
        origin = Request.of("POST", url).origin
    except RequestError as error:
        raise ParameterError(name, f"{name} is no URL of an endpoint: {error.message}.", "https://host/path") from None
    if origin.scheme == "http" and not origin.is_loopback:
        raise ParameterError(
            name, f"{name} is plain http: the client's secret and the token would be readable on the way.", "Write https://"
        )
