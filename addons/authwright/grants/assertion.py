"""An assertion: a JSON Web Token that a client makes to ask for a token (RFC 7523 section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from ..flow.protocols import Ambient
from ..secret import Secret
from ..wire.jose import signed
from ..wire.pem import algorithms_of, signing_key


class Assertion(NamedTuple):
    """The content of an assertion.

    Args:
        issuer: makes the assertion (iss).
        subject: the user or client that it is about (sub); empty when that is the issuer.
        key: the private key that signs it, in PEM.
        key_id: the key's identifier.
        lifetime: how long it is good for.
        claims: further claims; they replace generated ones.
    """

    issuer: str
    subject: str
    key: Secret
    key_id: str
    lifetime: timedelta
    claims: Mapping[str, Any]

    def signed(self, audience: str, ambient: Ambient) -> Secret:
        """The token, for *audience*: the URL of a token endpoint."""
        now = int(ambient.now().timestamp())
        key = signing_key("private_key", self.key)
        made = {
            "iss": self.issuer,
            "aud": audience,
            "iat": now,
            "exp": now + int(self.lifetime.total_seconds()),
            "jti": ambient.nonce(),
        }
        subject = {"sub": self.subject} if self.subject else {}
        header = {"typ": "JWT", "alg": algorithms_of(key)[0]} | ({"kid": self.key_id} if self.key_id else {})
        return signed(header, made | subject | dict(self.claims), key)
