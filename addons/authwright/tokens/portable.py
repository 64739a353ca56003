"""Values as a line of JSON and back, with their types: what one process of ours hands to another through a pipe.

Any dataclass or named tuple of this package travels by its fields, so a new grant or a new field needs nothing here. Secrets are in the
clear: what this makes is for a pipe between a parent and its child, never for a file.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

from ..errors import AuthwrightError
from ..secret import Secret

_PACKAGE: Final = __name__.partition(".")[0]


def dump(value: Any) -> bytes:
    """*value* as one line.

    Raises:
        TypeError: it holds something that is neither plain, nor ours, nor of the few types known here.
    """
    return json.dumps(_plain(value), separators=(",", ":")).encode("ascii") + b"\n"


def load(line: bytes) -> Any:
    """The value again.

    Raises:
        ValueError: the line is not one that :func:`dump` made.
    """
    try:
        return _value(json.loads(line))
    except (KeyError, TypeError, AttributeError, ImportError) as error:
        raise ValueError(f"not a portable value: {type(error).__name__}") from None


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if _is_named_tuple(type(value)):
        return {"dataclass": [_name(type(value)), {name: _plain(held) for name, held in value._asdict().items()}]}
    for kind, (name, text_of, _) in _KINDS.items():
        if isinstance(value, kind):
            return {name: text_of(value)}
    if isinstance(value, AuthwrightError):
        return {"error": [_name(type(value)), {name: _plain(held) for name, held in vars(value).items() if name[0] != "_"}]}
    if is_dataclass(value):
        return {"dataclass": [_name(type(value)), {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.init}]}
    raise TypeError(f"{type(value).__name__} is not portable")


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    [(name, content)] = plain.items()
    if name == "dataclass":
        return _class(content[0])(**{key: _value(held) for key, held in content[1].items()})
    if name == "error":
        return _error(_class(content[0]), {key: _value(held) for key, held in content[1].items()})
    return _MAKERS[name](content)


def _error(cls: Any, members: dict[str, Any]) -> AuthwrightError:
    error = cast("AuthwrightError", cls.__new__(cls))
    error.args = (members["message"],)
    vars(error).update(members)
    return error


def _name(cls: type) -> str:
    if cls.__module__.partition(".")[0] != _PACKAGE:
        raise TypeError(f"{cls.__name__} is not portable")
    return f"{cls.__module__}:{cls.__qualname__}"


def _class(name: str) -> type:
    module, _, cls = name.partition(":")
    if module.partition(".")[0] != _PACKAGE:
        raise ValueError(f"{name[:60]} is none of our classes")
    found = getattr(import_module(module), cls)
    if not (isinstance(found, type) and (is_dataclass(found) or _is_named_tuple(found) or issubclass(found, AuthwrightError))):
        raise ValueError(f"{name[:60]} is no value")
    return found


def _is_named_tuple(kind: type) -> bool:
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


_KINDS: Final[Mapping[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    Secret: ("secret", Secret.reveal, Secret),
    datetime: ("datetime", datetime.isoformat, datetime.fromisoformat),
    timedelta: ("timedelta", lambda v: [v.days, v.seconds, v.microseconds], lambda v: timedelta(*v)),
    bytes: ("bytes", lambda v: base64.b64encode(v).decode("ascii"), base64.b64decode),
    Path: ("path", str, Path),
    tuple: ("tuple", lambda v: [_plain(item) for item in v], lambda v: tuple(_value(item) for item in v)),
    list: ("list", lambda v: [_plain(item) for item in v], lambda v: [_value(item) for item in v]),
    Mapping: (
        "mapping",
        lambda v: [[_plain(key), _plain(held)] for key, held in v.items()],
        lambda v: {_value(key): _value(held) for key, held in v},
    ),
}
"""How each type is named and written, and read again."""
_MAKERS: Final = {name: make for name, _, make in _KINDS.values()}
