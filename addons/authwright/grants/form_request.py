"""A form request to an endpoint of the authorization server (RFC 6749 section 3.2), and the redactor of its secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, Final

from ..message import Request
from ..secret import Redactor, Secret
from ..wire.form import MEDIA_TYPE
from .client_auth import ClientAuth, basic
from .extra import TokenStep

type FormPairs = tuple[tuple[str, str], ...]

_SHORTEST_GIVEN: Final = 8
"""A user's parameter may be a secret. A shorter one is a word like ``true``; hiding it would hide that word elsewhere."""
_SECRET: Final = frozenset(
    (
        "refresh_token",
        "password",
        "assertion",
        "subject_token",
        "actor_token",
        "code",
        "code_verifier",
        "device_code",
        "token",
        "client_assertion",
    )
)


def form_request(endpoint: str, pairs: FormPairs, proof: ClientAuth, step: TokenStep) -> Request:
    """The request with *pairs*, the client's authentication and the user's own parameters."""
    head = (("Content-Type", MEDIA_TYPE), ("Accept", "application/json"), *proof.headers)
    return step.apply(Request.of("POST", endpoint, head), (*pairs, *proof.body))


def redactor_of(client: Any, pairs: Iterable[tuple[str, str]], step: TokenStep) -> Redactor:
    """The redactor of every secret that such a request of *client*, a dataclass of parameters, sends. Servers echo secrets."""
    own = list(_secrets(client))
    proof = [basic(client.client_id, secret)[6:] for secret in own]
    sent = [value for name, value in pairs if name in _SECRET]
    given = [value for value in step.values if len(value) >= _SHORTEST_GIVEN]
    return Redactor((*own, *proof, *sent, *given))


def _secrets(client: Any) -> Iterator[str]:
    for field in fields(client):
        value = getattr(client, field.name, None)
        if isinstance(value, Secret):
            yield value.reveal()
