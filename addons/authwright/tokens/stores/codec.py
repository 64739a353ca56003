"""A token as bytes and back: JSON, with nothing a reader must guess.

What the token is bound to is encrypted with it. So each generation of a token keeps its own binding, and a reader with the key
can say what is different.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ...flow.token import Token
from ...rules.binding import Binding
from ...secret import Secret


class BoundToken(NamedTuple):
    """A token, what it is bound to, and a digest of each parameter that obtained it, as in a record."""

    token: Token
    binding: Binding | None
    parameters: Mapping[str, str]


def encode(token: Token, binding: Binding | None = None, parameters: Mapping[str, str] | None = None) -> bytes:
    """The token with its binding, secrets revealed: encrypt it."""
    members = {
        "access_token": token.access_token.reveal(),
        "expires_at": timestamp(token.expires_at),
        "obtained_at": timestamp(token.obtained_at),
        "refresh_token": _revealed(token.refresh_token),
        "token_type": token.token_type,
        "scope": token.scope,
        "id_token": _revealed(token.id_token),
        "dpop_key": _revealed(token.dpop_key),
        "cookies": _revealed(token.cookies),
        "binding": binding and binding.to_json(),
        "parameters": dict(parameters or {}),
    }
    return json.dumps(members, separators=(",", ":")).encode("ascii")


def decode(data: bytes) -> BoundToken:
    """The token again. One of an earlier version has no binding.

    Raises:
        ValueError, KeyError, TypeError: these are not the bytes of a token.
    """
    members = json.loads(data)
    binding = members.get("binding")
    return BoundToken(
        _token(members), binding and Binding.of_json(binding), {str(k): str(v) for k, v in members.get("parameters", {}).items()}
    )


def _token(members: Mapping[str, Any]) -> Token:
    return Token(
        access_token=Secret(members["access_token"]),
        expires_at=moment(members["expires_at"]),
        obtained_at=moment(members["obtained_at"]),
        refresh_token=_secret(members["refresh_token"]),
        token_type=members["token_type"],
        scope=members["scope"],
        id_token=_secret(members["id_token"]),
        dpop_key=_secret(members.get("dpop_key")),
        cookies=_secret(members.get("cookies")),
    )


def timestamp(value: datetime | None) -> str | None:
    """ISO 8601, to the microsecond, with the zone it was given in."""
    return value.isoformat() if value is not None else None


def moment(text: str | None) -> datetime | None:
    """The moment that :func:`timestamp` wrote."""
    return datetime.fromisoformat(text) if text is not None else None


def _revealed(secret: Secret | None) -> str | None:
    return secret.reveal() if secret is not None else None


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text is not None else None
