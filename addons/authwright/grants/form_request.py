"""A request with a form to an endpoint of the authorization server (RFC 6749 section 3.2), and what of it must not be seen."""

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
"""What the user adds to a request may be a secret; a shorter value is a word like ``true``, and hiding it would hide others."""
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
    """The request: *pairs*, what authenticates the client, and the user's own parameters."""
    head = (("Content-Type", MEDIA_TYPE), ("Accept", "application/json"), *proof.headers)
    return step.apply(Request.of("POST", endpoint, head), (*pairs, *proof.body))


def redactor_of(client: Any, pairs: Iterable[tuple[str, str]], step: TokenStep) -> Redactor:
    """Knows every secret that such a request of *client*, a dataclass of parameters, sends: servers echo them."""
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
