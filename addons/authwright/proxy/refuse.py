"""Errors as answers: ``application/problem+json`` (RFC 9457), with the code in a header too.

The status says who must act. It is never 401: a client that sees one asks its user for a password that is not its own.
"""

from __future__ import annotations

import json
import math
import re
from typing import Final, NamedTuple

from ..errors import AuthwrightError, InteractionRequired

_STATUS: Final = {
    "target_mismatch": 421,
    "plaintext": 403,
    "cross_site": 403,
    "credential_host": 403,
    "existing_credential": 403,
    "own_port": 403,
    "origin_form": 403,
    "body_too_large": 413,
    "malformed_target": 400,
    "malformed_head": 400,
    "malformed_body": 400,
    "ambiguous_path": 400,
    "request_refused": 400,
    "proxy_password": 407,
    "token_endpoint_unavailable": 503,
    "store_busy": 503,
    "refresh_cut_off": 503,
    "shutting_down": 503,
    "timeout": 504,
}
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
_TRANSIENT: Final = frozenset(
    ("unreachable", "interrupted", "timeout", "token_endpoint_unavailable", "store_busy", "refresh_cut_off", "shutting_down")
)
"""What was not the client's fault and can pass by itself."""
_AGAIN: Final = 5
"""Seconds after which to try that again, where nobody said."""
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class ProblemResponse(NamedTuple):
    """A whole response, without framing."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def status_of(error: AuthwrightError) -> int:
    """The HTTP status that says who must act on *error*."""
    if isinstance(error, InteractionRequired):
        return 503
    return _STATUS.get(error.code, 502)


def wrapped(error: BaseException) -> AuthwrightError:
    """*error* itself when it is one of ours; else one that shows its class alone, since its text may hold a secret."""
    if isinstance(error, AuthwrightError):
        return error
    return AuthwrightError(
        f"The proxy failed ({type(error).__name__}); the request was not sent.",
        hint="Run `authwright run -vv` and report what it prints.",
    )


def answer(error: AuthwrightError, rule: str = "") -> ProblemResponse:
    """The problem document of *error*.

    Args:
        error: what went wrong; its sentence holds no secret.
        rule: the rule that the request matched, when one did.
    """
    status = status_of(error)
    problem = {
        "type": f"urn:authwright:error:{error.code}",
        "title": _TITLE[status],
        "status": status,
        "detail": printable(error.message),
        "code": error.code,
        "rule": printable(rule) or None,
        "hint": printable(error.hint) or None,
    }
    headers = [
        (b"Content-Type", b"application/problem+json"),
        (b"Cache-Control", b"no-store"),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Authwright-Error", error.code.encode("ascii", "replace")),
    ]
    if status == 407:
        headers.append((b"Proxy-Authenticate", b'Basic realm="authwright", charset="UTF-8"'))
    if error.code in _TRANSIENT:
        headers.append((b"Retry-After", b"%d" % math.ceil(error.retry_after or _AGAIN)))
    return ProblemResponse(status, tuple(headers), _safe_json(problem))


def printable(text: str) -> str:
    r"""*text* with what a terminal would act on shown as ``\\x1b``."""
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def _safe_json(problem: dict[str, object]) -> bytes:
    # A browser that sniffs must find no markup, so the characters that open it are escaped.
    text = json.dumps(problem, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode() + b"\n"
