"""Text that a terminal may be given: whatever it would act on, or not show, is written as an escape.

Sentences quote configuration files, servers and clients. A terminal acts on control characters (ECMA-48); bidirectional
controls reorder what it shows (Unicode Standard Annex 9), and characters of no width hide in it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

_IGNORABLE: Final = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
"""Letters and marks that are shown as nothing (Default_Ignorable_Code_Point); the others of that kind are not printable."""
_NEVER_SHOWN: Final = re.compile(f"[{_IGNORABLE}]")


def visible(text: str) -> str:
    r"""*text* in one line in which a terminal acts on nothing: an escape character becomes ``\x1b``, a tab four spaces."""
    if text.isprintable() and (text.isascii() or not _NEVER_SHOWN.search(text)):
        return text
    return "".join(map(_visible, text))


def visible_json(value: Any, *, indent: int | None = None) -> str:
    """*value* as JSON in which a terminal acts on nothing but line feeds; it reads back as the same value."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    # In the strings of JSON alone can stand what is escaped here: outside of them are ASCII and the line feeds of *indent*.
    return text if _is_shown(text.replace("\n", "")) else "".join(char if char == "\n" else _in_json(char) for char in text)


def _is_shown(text: str) -> bool:
    return text.isprintable() and not _NEVER_SHOWN.search(text)


def _visible(char: str) -> str:
    if char == "\t":
        return "    "
    return char if _is_shown(char) else char.encode("unicode_escape").decode("ascii")


def _in_json(char: str) -> str:
    return char if _is_shown(char) else json.dumps(char)[1:-1]
