"""What may stand in the head of an HTTP message (RFC 9110 section 5, RFC 9112 section 3).

The last thing looked at before a request leaves: mitmproxy writes what it is handed, so a CR or LF that came out of a
secret, a token or a client would become a header of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NoReturn

from ..errors import RequestError
from ..message import Request

_NAME: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_TOKEN: Final = re.compile(rf"{_NAME}+\Z")
_NOT_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SOUND: Final = re.compile(rf"(?:{_NAME}++\0(?![ \t])[^\x00-\x08\x0a-\x1f\x7f]*+(?<![ \t])\n)*+")
"""Names and values, each name ended by what neither may hold: one look at all of them, since it is done for every request."""
_NOT_IN_TARGET: Final = re.compile(r"[\x00-\x20\x7f#\\]")


def check_head(request: Request) -> None:
    """Refuse a head whose parts could be read as something else.

    Raises:
        RequestError: ``malformed_head``, naming the part but never its value.
    """
    if not _TOKEN.match(request.method):
        raise _refused("the method is not a token")
    fields = request.headers.fields
    lines = "".join([f"{name}\0{value}\n" for name, value in fields])
    if not _SOUND.fullmatch(lines) or lines.count("\n") != len(fields):
        _refuse(fields)
    if _NOT_IN_TARGET.search(request.target):
        raise _refused("the path or query holds a space, a control character, a fragment or a backslash")
    if not request.target.startswith("/") and not (request.target == "*" and request.method == "OPTIONS"):
        raise _refused("the path does not start with a slash")


def lines_of(fields: Iterable[tuple[str, str]]) -> bytes:
    """Header *fields*, text that stands for the bytes, as lines with their line ends."""
    return "".join([f"{name}: {value}\r\n" for name, value in fields]).encode("utf-8", "surrogateescape")


def _refuse(fields: Iterable[tuple[str, str]]) -> NoReturn:
    """Say which field it is."""
    for name, value in fields:
        if not _TOKEN.match(name):
            raise _refused(f"the header name {name[:60]!r} is not a token")
        if _NOT_IN_VALUE.search(value) or value != value.strip(" \t"):
            raise _refused(f"the value of header {name} holds a control character or starts or ends with a space")
    raise _refused("a header line is not a name and a value")


def _refused(sentence: str) -> RequestError:
    return RequestError(f"The request is not sent: {sentence}.", code="malformed_head")
