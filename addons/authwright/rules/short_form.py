"""The texts of a match: the readers of its conditions, and the short form that most rules use."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from ..origin import DEFAULT_PORTS
from ..wire.grammar import TOKEN
from .filters import parse_filter
from .hosts import HostPattern, MatchSyntaxError

ANY_PORT: Final = 0
"""Stands for every port."""


class ShortForm(NamedTuple):
    """The parts of ``[METHOD[,METHOD] ][scheme://]host[:port][/path]``."""

    method: tuple[str, ...]
    scheme: tuple[str, ...]
    host: tuple[str, ...]
    port: tuple[str, ...]
    path: tuple[str, ...]


_SHORT: Final = re.compile(
    r"(?:(?P<method>[A-Za-z-]+(?:,\s?[A-Za-z-]+)*)\s+)?(?:(?P<scheme>[A-Za-z]+)://)?(?P<host>\[[^\]]*\]|[^/:\s\[\]]+)(?::(?P<port>[^/\s]*))?(?P<path>/\S*)?\Z"
)


def parse_short(text: str) -> ShortForm:
    """Read the short form.

    Raises:
        MatchSyntaxError: it is none; ``offset`` says where, ``key`` which part.
    """
    match = _SHORT.match(text)
    if not match:
        offset = len(text) - len(text.lstrip())
        raise MatchSyntaxError(
            f"{text!r} is not a match",
            offset=offset,
            length=max(len(text.strip()), 1),
            hint="Write [METHOD ][scheme://]host[:port][/path]",
        )
    if "@" in match["host"] + (match["port"] or ""):
        raise MatchSyntaxError(
            "a match names no user and no password",
            offset=match.start("host"),
            length=max(match.end("port"), match.end("host")) - match.start("host"),
            hint="put them into a credential: {type: basic, username: …, password: …}",
        )
    for key, read in _SHORT_PARTS.items():
        if match[key] is not None:
            try:
                read(match[key])
            except MatchSyntaxError as error:
                raise MatchSyntaxError(
                    error.message, offset=match.start(key), length=max(len(match[key]), 1), hint=error.hint, key=key
                ) from None
    methods = tuple(part.strip() for part in match["method"].split(",")) if match["method"] else ()
    return ShortForm(methods, *(((match[key],) if match[key] is not None else ()) for key in ("scheme", "host", "port", "path")))


def read_port(text: str) -> int:
    """The port of *text*; :data:`ANY_PORT` for an asterisk.

    Raises:
        MatchSyntaxError: it is none.
    """
    if text == "*":
        return ANY_PORT
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise MatchSyntaxError(f"{text!r} is not a port", length=max(len(text), 1), hint="A number from 1 to 65535, or * for any")
    return int(text)


def read_scheme(text: str) -> str:
    """The scheme of *text*, in lower case.

    Raises:
        MatchSyntaxError: it is none.
    """
    if text.lower() not in DEFAULT_PORTS:
        raise MatchSyntaxError(
            f"{text!r} is not a scheme", length=max(len(text), 1), hint="http or https; WebSockets begin as one of these"
        )
    return text.lower()


def read_method(text: str) -> str:
    """The method of *text*, in upper case.

    Raises:
        MatchSyntaxError: it is none.
    """
    if not TOKEN.match(text):
        raise MatchSyntaxError(f"{text!r} is not a method", length=max(len(text), 1), hint="Write GET, or a list of methods")
    return text.upper()


def read_path(text: str) -> str:
    """The path glob of *text*.

    Raises:
        MatchSyntaxError: it is none.
    """
    if not text.startswith(("/", "*")):
        raise MatchSyntaxError(f"the path {text!r} does not start with a slash", length=max(len(text), 1), hint=f"/{text}")
    if "?" in text or "#" in text:
        at = min(i for i in (text.find("?"), text.find("#")) if i >= 0)
        raise MatchSyntaxError(
            "a path holds no query and no fragment", offset=at, hint="Match the query with query: {name: glob}"
        )
    return text


READERS: Final[dict[str, Callable[[str], object]]] = {
    "host": HostPattern.parse,
    "port": read_port,
    "scheme": read_scheme,
    "path": read_path,
    "method": read_method,
    "filter": parse_filter,
}
"""The reader of each condition's texts; it raises MatchSyntaxError."""

_SHORT_PARTS: Final[dict[str, Callable[[str], object]]] = {
    "scheme": read_scheme,
    "host": HostPattern.parse,
    "port": read_port,
    "path": read_path,
}
