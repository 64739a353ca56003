"""How a failure is told: one sentence and a hint for people, an object for programs, never a traceback."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any, Final

import click

from ..errors import AuthwrightError, ConfigError, InteractionRequired, SecretError, TransportError

FAILED: Final = 1
USAGE: Final = 2
CONFIGURATION: Final = 3
LOGIN_REQUIRED: Final = 4
UNREACHABLE: Final = 5
PROXY_NOT_STARTED: Final = 125
CTRL_C: Final = 130

_CONFIGURED: Final = ("mode", "upstream_ca", "untrusted")
"""Codes of errors that a setting is to blame for, or a configuration that the user has not consented to."""


class NotFound(AuthwrightError):
    """A name on the command line that names nothing; the exit code is that of a usage error."""

    code = "unknown_name"


def exit_code(error: AuthwrightError) -> int:
    """The contract's exit code for *error*."""
    match error:
        case ConfigError() | SecretError():
            return CONFIGURATION
        case InteractionRequired():
            return LOGIN_REQUIRED
        case TransportError():
            return UNREACHABLE
        case NotFound():
            return USAGE
        case _:
            return CONFIGURATION if error.code.startswith("config_") or error.code in _CONFIGURED else FAILED


def report(error: Exception, as_json: bool) -> int:
    """Tell of *error*, on stderr for people and on stdout for programs; the exit code."""
    match error:
        case click.UsageError():
            _usage(error, as_json)
            return USAGE
        case AuthwrightError():
            _ours(error, as_json)
            return exit_code(error)
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            _tell("system", f"{place}{error.strerror or type(error).__name__}.", "", as_json)
        case _:
            _unexpected(error, as_json)
    return FAILED


def _ours(error: AuthwrightError, as_json: bool) -> None:
    from ..config.problems import render, to_json
    from .terminal import coloured
    from .verb import Everywhere

    if not isinstance(error, ConfigError):
        _tell(error.code, error.message, error.hint, as_json)
    elif as_json:
        _tell(error.code, error.message, error.hint, as_json, problems=to_json(error.problems))
    else:
        print(render(error.problems, coloured(Everywhere(), sys.stderr)), end="", file=sys.stderr)


def _usage(error: click.UsageError, as_json: bool) -> None:
    """What was typed wrongly, and what may have been meant."""
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        from .verb import did_you_mean

        close = error.possibilities or ()
        message = error.message + did_you_mean(error.option_name, close)
    path = error.ctx.command_path if error.ctx else "authwright"
    _tell("usage", message if message.endswith((".", "?")) else f"{message}.", f"{path} --help", as_json)


def _unexpected(error: Exception, as_json: bool) -> None:
    """An error nobody thought of.

    Where it happened is shown on request; its message never is: nobody knows whether it holds a secret.
    """
    if os.environ.get("AUTHWRIGHT_DEBUG"):
        print("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__, file=sys.stderr)
    _tell("internal_error", f"This should not happen ({type(error).__name__}).", "AUTHWRIGHT_DEBUG=1 shows where it did", as_json)


def _tell(code: str, message: str, hint: str, as_json: bool, **more: Any) -> None:
    from ..config.problems import visible

    if as_json:
        print(json.dumps({"error": {"code": code, "message": message, "hint": hint, **more}}, ensure_ascii=False))
        return
    print(f"authwright: {visible(message)}", file=sys.stderr)
    if hint:
        print(f"  hint: {visible(hint)}", file=sys.stderr)
