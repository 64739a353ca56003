"""Text that stands for bytes: UTF-8 with ``surrogateescape``, so any byte a client sent comes back as it was.

Header fields, targets and secrets are text throughout the package. This module alone says which bytes they are.
"""

from __future__ import annotations

from typing import Final

ERRORS: Final = "surrogateescape"
"""The error handler by name, for the standard library's functions that decode by themselves."""


def text_of(octets: bytes) -> str:
    """The text that stands for *octets*; a byte that is not UTF-8 becomes a lone surrogate."""
    return octets.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The bytes that *text* stands for.

    Raises:
        UnicodeEncodeError: *text* holds a surrogate that no byte became.
    """
    return text.encode("utf-8", "surrogateescape")
