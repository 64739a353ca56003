"""Lines of a YAML document, as its problems count them."""

from __future__ import annotations

import re

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_OTHER_BREAK = re.compile("[\r\x85\u2028\u2029]")


def split_lines(text: str) -> list[str]:
    """The lines of *text* as YAML counts them (YAML 1.2.2 section 5.4, with YAML 1.1's breaks, which the parser still takes)."""
    return text.split("\n") if not _OTHER_BREAK.search(text) else _BREAK.split(text)
