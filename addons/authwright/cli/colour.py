"""Colours: only on a terminal, and only where the user did not turn them off (https://no-color.org)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TextIO

from .verb import Everywhere

type Paint = Callable[[str, str], str]
"""Puts a style, an SGR parameter such as ``1`` or ``31``, around a text."""


def coloured(common: Everywhere, stream: TextIO) -> bool:
    """Say whether *stream* gets colours."""
    unwanted = common.no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not unwanted and stream.isatty()


def painter(colour: bool) -> Paint:
    """A function that puts a style around a text; without *colour* it changes nothing."""
    return (lambda style, text: f"\x1b[{style}m{text}\x1b[0m") if colour else (lambda _, text: text)
