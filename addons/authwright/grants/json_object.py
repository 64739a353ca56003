"""Parses a JSON object from untrusted bytes (RFC 8259), and refuses input that two parsers could read differently."""

from __future__ import annotations

import json
from typing import Any, NoReturn


class NotAnObject(ValueError):
    """The bytes are not one unambiguous JSON object. The message says why, without quoting them."""


def parse_object(body: bytes) -> dict[str, Any]:
    """The members of the object.

    Raises:
        NotAnObject: invalid UTF-8 or JSON, another type, duplicate names, ``NaN``, or nesting beyond reason.
    """
    if not body.strip():
        raise NotAnObject("the body is empty")
    try:
        value = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_members, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise NotAnObject("it is not UTF-8") from None
    except RecursionError:
        raise NotAnObject("it is nested too deeply") from None
    except NotAnObject:
        raise
    except ValueError:  # ValueError also for an integer of more digits than Python reads
        raise NotAnObject("it is not JSON") from None
    if not isinstance(value, dict):
        raise NotAnObject("it is JSON, but not an object")
    return value


def object_or_nothing(body: bytes) -> dict[str, Any]:
    """The members of the object; empty when :func:`parse_object` finds none."""
    try:
        return parse_object(body)
    except NotAnObject:
        return {}


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotAnObject("a name occurs twice in it")
    return members


def _no_number(_: str) -> NoReturn:
    raise NotAnObject("it holds NaN or Infinity, which JSON does not have")
