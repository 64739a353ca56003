"""The key that a grant's token is stored under: a digest over the resolved parameters that obtain it.

So a grant never finds the token of another environment, client or scope, whatever the credential is called. How a client
proves who it is, and how a page is shown to a person, make no other token.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import timedelta
from typing import Any, Final

from ..flow.protocols import SourceCredential
from ..secret import Secret

_SHORT: Final = 16
"""Hexadecimal digits of a digest that only tells two values apart."""


def key_of(grant: Any) -> str:
    """SHA-256, in hexadecimal, over the grant's name and the parameters that obtain its token, in canonical JSON."""
    return _digest([grant.grant, _plain(grant)])


def proof_of(grant: Any) -> str:
    """A digest over every parameter: after a failure it tells whether the same would be sent again."""
    return _digest([grant.grant, list(_everything(grant))])[:_SHORT]


def parameters_of(grant: Any) -> dict[str, str]:
    """A short digest of each parameter that obtains the token, by its dotted name; no value is in the clear."""
    told = {name: _digest(plain)[:_SHORT] for name, plain in _leaves(grant, frozenset(), "")}
    return {"grant": _digest(grant.grant)[:_SHORT]} | told


def _digest(plain: Any) -> str:
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any, aside: frozenset[str] = frozenset()) -> Any:
    """*value* as plain values.

    Args:
        value: a parameter, or a dataclass of them.
        aside: the names in mappings that obtain nothing.
    """
    if isinstance(value, Secret):
        return {"secret": value.reveal()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items() if name not in aside}
    if isinstance(value, SourceCredential):
        return {"token of": value.grant.key}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {name: _plain(held, without) for name, held, without in _told(value, aside)}
    return value


def _told(value: Any, aside: frozenset[str]) -> Iterator[tuple[str, Any, frozenset[str]]]:
    """The parameters that are part of the identity: name, value, and the names within it that obtain nothing.

    A parameter at its default is not part of it, so that users keep their tokens when a new version adds a parameter.
    """
    for field in fields(value):
        if "doc" not in field.metadata or not field.metadata["obtains"]:
            continue
        held, without = getattr(value, field.name), aside | field.metadata["aside"]
        if held == field.default:
            continue
        if field.default is MISSING or _plain(held, without) != _plain(field.default, without):
            yield field.name, held, without


def _everything(value: Any) -> Iterator[tuple[str, Any]]:
    """Every parameter with its name, those of nested dataclasses, too."""
    for field in fields(value):
        held = getattr(value, field.name)
        if "doc" not in field.metadata:
            continue
        nested = is_dataclass(held) and not isinstance(held, Secret | SourceCredential)
        yield field.name, list(_everything(held)) if nested else _plain(held)


def _leaves(value: Any, aside: frozenset[str], name: str) -> Iterator[tuple[str, Any]]:
    """The single parameters within *value*, with their dotted names, as plain values."""
    if isinstance(value, Mapping):
        parts = [(str(key), item, frozenset[str]()) for key, item in value.items() if key not in aside]
    elif is_dataclass(value) and not isinstance(value, Secret | SourceCredential):
        parts = list(_told(value, aside))
    else:
        yield name, _plain(value, aside)
        return
    for part, held, without in parts:
        yield from _leaves(held, without, f"{name}.{part}" if name else part)
