"""Tells of failures: a sentence and a hint for people, an object for programs, never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any, Final

import click

from ..error_codes import CONFIGURATION, FAILED, LOGIN_REQUIRED, UNREACHABLE, USAGE, exit_status_of
from ..errors import AuthwrightError, ConfigError, InteractionRequired, SecretError, TransportError

PROXY_NOT_STARTED: Final = 125
CTRL_C: Final = 130


class NotFound(AuthwrightError):
    """A name on the command line that names nothing."""

    code = "unknown_name"


def exit_code(error: AuthwrightError) -> int:
    """The contract's exit code for *error*: its class says who must act, else its code does."""
    match error:
        case ConfigError() | SecretError():
            return CONFIGURATION
        case InteractionRequired():
            return LOGIN_REQUIRED
        case TransportError():
            return UNREACHABLE
        case _:
            return exit_status_of(error.code)


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
    from .colour import coloured
    from .verb import Everywhere

    if not isinstance(error, ConfigError):
        _tell(error.code, error.message, error.hint, as_json)
    elif as_json:
        _tell(error.code, error.message, error.hint, as_json, problems=to_json(error.problems))
    else:
        print(render(error.problems, coloured(Everywhere(), sys.stderr)), end="", file=sys.stderr)


def _usage(error: click.UsageError, as_json: bool) -> None:
    """Say what is wrong in the command line, and which name is close to it."""
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        from .verb import did_you_mean

        close = error.possibilities or ()
        message = error.message + did_you_mean(error.option_name, close)
    path = error.ctx.command_path if error.ctx else "authwright"
    _tell("usage", message if message.endswith((".", "?")) else f"{message}.", f"{path} --help", as_json)


def _unexpected(error: Exception, as_json: bool) -> None:
    """An error that no code foresees.

    Where it happened is shown on request. Its message never is, since it may hold a secret.
    """
    if os.environ.get("AUTHWRIGHT_DEBUG"):
        print("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__, file=sys.stderr)
    _tell("internal_error", f"This should not happen ({type(error).__name__}).", "AUTHWRIGHT_DEBUG=1 shows where it did", as_json)


def _tell(code: str, message: str, hint: str, as_json: bool, **more: Any) -> None:
    from .output import notice, print_json, say

    if as_json:
        print_json({"error": {"code": code, "message": message, "hint": hint, **more}})
        return
    notice(message)
    if hint:
        say(f"  hint: {hint}")
