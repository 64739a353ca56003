"""The last check of a request's head before it leaves (RFC 9110 section 5, RFC 9112 section 3).

mitmproxy writes what it is handed. So a CR or LF in a secret, a token or a client's value would become a header of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NoReturn

from ..errors import RequestError
from ..message import Request
from ..octets import bytes_of
from .grammar import FIELD_CHAR, NOT_IN_TARGET, NOT_IN_VALUE, TCHAR, TOKEN

_SOUND: Final = re.compile(rf"(?:{TCHAR}++\0(?![ \t]){FIELD_CHAR}*+(?<![ \t])\n)*+")
"""Names and values, each name followed by a NUL, which neither may hold. One match checks them all, for speed."""


def check_head(request: Request) -> None:
    """Refuse a head whose parts could be read as something else.

    Raises:
        RequestError: ``malformed_head``, naming the part but never its value.
    """
    if not TOKEN.match(request.method):
        raise _refused("the method is not a token")
    fields = request.headers.fields
    lines = "".join([f"{name}\0{value}\n" for name, value in fields])
    if not _SOUND.fullmatch(lines) or lines.count("\n") != len(fields):
        _refuse(fields)
    if NOT_IN_TARGET.search(request.target):
        raise _refused("the path or query holds a space, a control character, a fragment or a backslash")
    if not request.target.startswith("/") and not (request.target == "*" and request.method == "OPTIONS"):
        raise _refused("the path does not start with a slash")


def lines_of(fields: Iterable[tuple[str, str]]) -> bytes:
    """Header *fields*, text that stands for the bytes, as lines with their line ends."""
    return bytes_of("".join([f"{name}: {value}\r\n" for name, value in fields]))


def _refuse(fields: Iterable[tuple[str, str]]) -> NoReturn:
    """Refuse *fields*, naming the one that is malformed."""
    for name, value in fields:
        if not TOKEN.match(name):
            raise _refused(f"the header name {name[:60]!r} is not a token")
        if NOT_IN_VALUE.search(value) or value != value.strip(" \t"):
            raise _refused(f"the value of header {name} holds a control character or starts or ends with a space")
    raise _refused("a header line is not a name and a value")


def _refused(sentence: str) -> RequestError:
    return RequestError(f"The request is not sent: {sentence}.", code="malformed_head")
