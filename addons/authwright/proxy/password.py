"""The proxy's own password (RFC 9110 section 11.7, RFC 7617; RFC 1929 for SOCKS).

Being able to send a request through the proxy is the credential. So a client gives a password, unless only this
machine can reach the port; the user name is not looked at.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from ..errors import RequestError
from ..octets import bytes_of
from ..secret import Secret


def check_header(password: Secret, fields: tuple[tuple[bytes, bytes], ...]) -> None:
    """Refuse unless ``Proxy-Authorization`` holds *password*.

    Raises:
        RequestError: ``proxy_password``.
    """
    given = [value for name, value in fields if name.lower() == b"proxy-authorization"]
    if len(given) != 1 or not matches(password, _password_in(given[0])):
        raise RequestError(
            "The proxy wants its password.",
            code="proxy_password",
            hint="Give the client the proxy's address as http://any:PASSWORD@HOST:PORT.",
        )


def matches(password: Secret, given: bytes) -> bool:
    """True when *given* is *password*, in constant time."""
    return hmac.compare_digest(bytes_of(password.reveal()), given)


def _password_in(value: bytes) -> bytes:
    scheme, _, encoded = value.partition(b" ")
    if scheme.lower() != b"basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
