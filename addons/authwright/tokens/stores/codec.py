"""A token as bytes and back: JSON, with nothing a reader must guess."""

from __future__ import annotations

import json
from datetime import datetime

from ...flow.token import Token
from ...secret import Secret


def encode(token: Token) -> bytes:
    """The token, secrets revealed: encrypt it."""
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
    }
    return json.dumps(members, separators=(",", ":")).encode("ascii")


def decode(data: bytes) -> Token:
    """The token again.

    Raises:
        ValueError, KeyError, TypeError: these are not the bytes of a token.
    """
    members = json.loads(data)
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
