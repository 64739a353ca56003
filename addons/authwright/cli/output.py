"""Prints: data on stdout, sentences for people on stderr, with everything escaped that a terminal would act on."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from ..terminal import visible, visible_json


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print *value* on stdout, at once."""
    write(sys.stdout, visible_json(value, indent=indent))


def say(text: str) -> None:
    """Print *text*, of one line or several, on stderr."""
    write(sys.stderr, "\n".join(visible(line) for line in text.split("\n")))


def notice(sentence: str) -> None:
    """Print on stderr a sentence about something that happened."""
    write(sys.stderr, f"authwright: {visible(sentence)}")


def write(where: TextIO, line: str) -> None:
    """Print *line* as it is, at once and whole: several threads do."""
    where.write(f"{line}\n")
    where.flush()
