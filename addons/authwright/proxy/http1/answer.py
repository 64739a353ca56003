"""Responses that the proxy itself makes, as bytes."""

from __future__ import annotations

from typing import Final

from mitmproxy.net.http import status_codes

from ...errors import AuthwrightError
from .. import refuse

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
TUNNEL: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
CLOSE: Final = b"Connection: close\r\n"


def refusal(error: AuthwrightError, rule: str = "", *, close: bool, without_body: bool = False) -> bytes:
    """The response that tells the client why its request was not sent.

    Args:
        error: the reason.
        rule: the rule that the request matched, when one did.
        close: whether the connection ends with this response.
        without_body: whether the request's method was HEAD.
    """
    status, fields, body = refuse.answer(error, rule)
    lines = [b"%b: %b\r\n" % field for field in fields]
    head = b"HTTP/1.1 %d %b\r\n%bcontent-length: %d\r\n%b\r\n" % (
        status,
        status_codes.RESPONSES.get(status, "").encode(),
        b"".join(lines),
        len(body),
        CLOSE if close else b"",
    )
    return head if without_body else head + body
