"""Challenges: the authentication schemes that a server accepts (RFC 9110 sections 11.3 to 11.6).

Several challenges may share one header field, and a field may occur several times. A comma separates challenges as well as
the parameters of one. So a challenge begins at a token that no ``=`` follows. The reader is lenient, as servers are careless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ..message import Headers
from .grammar import TCHAR

_TOKEN: Final = rf"{TCHAR}+"
_SEPARATOR: Final = re.compile(r"[\s,]*")
_PARAMETER: Final = re.compile(rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"?|([^",\s]*))')
_SCHEME: Final = re.compile(rf"({_TOKEN})[ \t]*")
_TOKEN68: Final = re.compile(r"([A-Za-z0-9\-._~+/]+=*)[ \t]*(?=,|$)")
_QUOTED_PAIR: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge of a server.

    Args:
        scheme: its name, in lower case.
        parameters: by name, in lower case; values without their quotes. Of a name given twice the first counts.
        token68: the one value that stands there instead of parameters (``NTLM TlRMTVNT…``).
    """

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    token68: str = ""


def challenges(headers: Headers, name: str = "WWW-Authenticate") -> tuple[Challenge, ...]:
    """Every challenge in the header fields *name*, in order, without those that cannot be read."""
    return tuple(challenge for value in headers.get_all(name) for challenge in _read(value))


def parameters(value: str) -> dict[str, str]:
    """The parameters of a header field that has no scheme, such as ``Authentication-Info`` (RFC 7615)."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(value):
        found.setdefault(match[1].lower(), _value(match))
    return found


def quoted(text: str) -> str:
    """*text* as a quoted-string (RFC 9110 section 5.6.4)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read(value: str) -> list[Challenge]:
    found: list[Challenge] = []
    current: dict[str, str] | None = None
    place = 0
    while (place := _end(_SEPARATOR.match(value, place), place)) < len(value):
        if match := _PARAMETER.match(value, place):
            if current is not None:
                current.setdefault(match[1].lower(), _value(match))
        elif match := _SCHEME.match(value, place):
            token68 = _TOKEN68.match(value, match.end()) if value[match.end() - 1] in " \t" else None
            current = {}
            found.append(Challenge(match[1].lower(), current, token68[1] if token68 else ""))
            match = token68 or match
        place = _end(match, place + 1)
    return found


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


def _value(match: re.Match[str]) -> str:
    return match[3] if match[2] is None else _QUOTED_PAIR.sub(r"\1", match[2])
