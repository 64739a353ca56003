"""The text of a secret: bounded, UTF-8, without the last line break, and never empty."""

from __future__ import annotations

from typing import Final

from ..errors import SecretError

MAX_BYTES: Final = 1024 * 1024
"""A larger file or output is no secret."""


def decoded(data: bytes, what: str) -> str:
    """The secret in *data*.

    Args:
        data: the bytes that a source gave.
        what: names them in an error.

    Raises:
        SecretError: they are no text, or an empty one.
    """
    try:
        return filled(trimmed(data.decode("utf-8")), what)
    except UnicodeDecodeError:
        raise SecretError(f"{what} is not UTF-8 text", hint="a secret is a text; encode other bytes as base64") from None


def filled(text: str, what: str) -> str:
    """*text*, which must not be empty.

    Raises:
        SecretError: it is.
    """
    if not text:
        raise SecretError(f"{what} is empty", hint="give it a value, or a default: ${…:-default}")
    return text


def trimmed(text: str) -> str:
    """*text* without one line break at its end, which editors and `echo` add."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
