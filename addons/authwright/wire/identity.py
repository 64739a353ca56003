"""The key that a grant's token is stored under: a digest over every resolved parameter.

So a grant never finds the token of another environment, client or scope, whatever the credential is called.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import timedelta
from typing import Any

from ..flow.protocols import SourceCredential
from ..secret import Secret


def key_of(grant: Any) -> str:
    """SHA-256, in hexadecimal, over the grant's name and its parameters in canonical JSON."""
    text = json.dumps([grant.grant, _plain(grant)], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return {"secret": value.reveal()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, SourceCredential):
        return {"token of": value.grant.key}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if _tells(field, value)}
    return value


def _tells(field: Field[Any], value: Any) -> bool:
    """True when a parameter is part of the identity. A parameter at its default is not, so that users keep their tokens when a
    new version adds a parameter.
    """
    return "doc" in field.metadata and field.metadata["obtains"] and getattr(value, field.name) != field.default
