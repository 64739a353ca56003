"""How a client proves who it is at a token endpoint (RFC 6749 section 2.3, RFC 8414 section 2)."""

from __future__ import annotations

import base64
from typing import Literal, NamedTuple

from ..parameters import ParameterError
from ..secret import Secret
from ..wire.form import form_encode

type Method = Literal["client_secret_basic", "client_secret_post", "none"]


class ClientAuth(NamedTuple):
    """What authentication adds to a token request: header fields and form parameters."""

    headers: tuple[tuple[str, str], ...] = ()
    body: tuple[tuple[str, str], ...] = ()


def client_auth(method: str, client_id: str, secret: Secret | None) -> ClientAuth:
    """The proof for one request."""
    if method == "none":
        return ClientAuth(body=(("client_id", client_id),))
    revealed = secret.reveal() if secret is not None else ""
    if method == "client_secret_post":
        return ClientAuth(body=(("client_id", client_id), ("client_secret", revealed)))
    return ClientAuth(headers=(("Authorization", basic(client_id, revealed)),))


def basic(client_id: str, client_secret: str) -> str:
    """An ``Authorization`` value; id and secret are form-encoded before they are joined (RFC 6749 section 2.3.1)."""
    pair = f"{form_encode(client_id)}:{form_encode(client_secret)}"
    return "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")


def check_client_auth(method: str, secret: Secret | None) -> None:
    """Refuse a method without what it needs. An empty secret is one: some servers give it to public clients.

    Raises:
        ParameterError: there is no secret to send, or one that would not be sent.
    """
    if method == "none" and secret is not None:
        raise ParameterError(
            "client_secret", "client_auth: none sends no client_secret, and one is given.", "Leave one of them out"
        )
    if method != "none" and secret is None:
        raise ParameterError(
            "client_secret",
            f"client_auth: {method} needs a client_secret.",
            "Add client_secret, or client_auth: none for a public client",
        )
