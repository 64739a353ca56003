"""Errors, one class for each party that must act on them.

Each carries a sentence for a person, a stable ``code`` for programs, and a ``hint``: the next thing to type.
Keep this list short; tell cases apart by ``code``, not by class.
"""

from __future__ import annotations

from dataclasses import dataclass

from .error_codes import hint_for


class AuthwrightError(Exception):
    """A request, a command or a file cannot be served.

    Args:
        message: one sentence in the user's words, free of secrets.
        code: a stable identifier such as ``target_mismatch``.
        hint: what to do next; that of the code where it is empty.
    """

    code = "internal_error"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.hint = hint or hint_for(self.code)
        self.retry_after: float | None = None
        """Seconds after which a retry may succeed, when that is known."""
        self.of_source = False
        """True when another credential failed, whose token this one takes. This credential itself may be sound."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration file.

    ``line`` and ``column`` count from 1; ``length`` is how many characters the caret underlines. ``source_line`` is the part
    of the line that may be shown, cut and free of secrets; the caret stands at its ``source_column``.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: str = "error"
    length: int = 1
    source_line: str = ""
    source_column: int = 1


class ConfigError(AuthwrightError):
    """The file must change. ``problems`` holds every one of them, in the order of the file."""

    code = "config_invalid"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{first.file}:{first.line}:{first.column}: {first.message}{more}", hint=first.hint)
        self.problems = problems


class SecretError(AuthwrightError):
    """A secret source yields nothing: the environment, a file, a command or the keyring must change."""

    code = "secret_unavailable"


class RequestError(AuthwrightError):
    """The proxy cannot authorise this request as the client sent it: the client or a rule must change."""

    code = "request_refused"


class RemoteError(AuthwrightError):
    """A server broke its protocol."""

    code = "remote_error"


class ChallengeError(RemoteError):
    """The proxy cannot answer an origin's challenge."""

    code = "challenge_invalid"


class TokenEndpointError(RemoteError):
    """A token endpoint refused, or answered something that is not a token (RFC 6749 section 5.2).

    Args:
        error: the ``error`` field, when there was one.
        status: the HTTP status of the answer, when there was an answer.
    """

    code = "token_endpoint"

    def __init__(
        self, message: str, *, error: str = "", status: int | None = None, code: str | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.error = error
        self.status = status


class TransportError(AuthwrightError):
    """A server could not be reached, or did not answer in time (``code`` ``timeout``)."""

    code = "unreachable"


class InteractionRequired(AuthwrightError):
    """A person must sign in first."""

    code = "login_required"


def kept[E: BaseException](error: E) -> E:
    """A copy of *error* to be kept: without its traceback and the errors that it came of, which hold frames and their requests."""
    copied: E = type(error).__new__(type(error), *error.args)
    copied.__dict__.update(error.__dict__)
    return copied
