"""Errors as answers: ``application/problem+json`` (RFC 9457), with the code in a header too.

The status says who must act. It is never 401: a client that sees one asks its user for a password that is not its own.
"""

from __future__ import annotations

import json
import math
from typing import Final, NamedTuple

from ..error_codes import is_transient, status_of
from ..errors import AuthwrightError
from ..terminal import visible

_TITLE: Final = {
    400: "The request is malformed",
    403: "The request is refused",
    407: "The proxy wants a password",
    413: "The request is too large to sign",
    421: "The request contradicts its connection",
    502: "The request could not be authorised or delivered",
    503: "The request cannot be authorised now",
    504: "A server did not answer in time",
}
_AGAIN: Final = 5
"""Seconds after which to try again what can pass by itself, where no server said when."""


class ProblemResponse(NamedTuple):
    """A whole response, without framing."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def wrapped(error: BaseException) -> AuthwrightError:
    """*error* itself when it is one of ours; else one that shows its class alone, since its text may hold a secret."""
    if isinstance(error, AuthwrightError):
        return error
    return AuthwrightError(f"The proxy failed ({type(error).__name__}); the request was not sent.")


def answer(error: AuthwrightError, rule: str = "") -> ProblemResponse:
    """The problem document of *error*.

    Args:
        error: what went wrong; its sentence holds no secret.
        rule: the rule that the request matched, when one did.
    """
    status = status_of(error.code)
    problem = {
        "type": f"urn:authwright:error:{error.code}",
        "title": _TITLE[status],
        "status": status,
        "detail": visible(error.message),
        "code": error.code,
        "rule": visible(rule) or None,
        "hint": visible(error.hint) or None,
    }
    headers = [
        (b"Content-Type", b"application/problem+json"),
        (b"Cache-Control", b"no-store"),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Authwright-Error", error.code.encode("ascii", "replace")),
    ]
    if status == 407:
        headers.append((b"Proxy-Authenticate", b'Basic realm="authwright", charset="UTF-8"'))
    if is_transient(error.code):
        headers.append((b"Retry-After", b"%d" % math.ceil(error.retry_after or _AGAIN)))
    return ProblemResponse(status, tuple(headers), _safe_json(problem))


def _safe_json(problem: dict[str, object]) -> bytes:
    # A browser that sniffs must find no markup, so the characters that open it are escaped.
    text = json.dumps(problem, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode() + b"\n"
