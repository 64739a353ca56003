"""Prints: data on stdout, sentences for people on stderr, with everything escaped that a terminal would act on."""

from __future__ import annotations

import sys
from typing import Any

from ..terminal import visible, visible_json


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print *value* on stdout, at once."""
    print(visible_json(value, indent=indent), flush=True)


def say(text: str) -> None:
    """Print *text*, of one line or several, on stderr."""
    print("\n".join(visible(line) for line in text.split("\n")), file=sys.stderr, flush=True)


def notice(sentence: str) -> None:
    """Print on stderr a sentence about something that happened."""
    print(f"authwright: {visible(sentence)}", file=sys.stderr, flush=True)
