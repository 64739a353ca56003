"""Client authentication at a token endpoint (RFC 6749 section 2.3, RFC 7523, RFC 8705, OpenID Connect Core section 9)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal, NamedTuple

from ..flow.commands import ClientCertificate
from ..flow.protocols import Ambient
from ..parameters import ParameterError
from ..secret import Secret
from ..wire.form import form_encode
from ..wire.jose import shared_key, signed
from ..wire.pem import algorithms_of, signing_key

type ClientAuthMethod = Literal[
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
]
type AssertionAlgorithm = Literal[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]

_NEEDS: Final[Mapping[str, str]] = {
    "client_secret_basic": "client_secret",
    "client_secret_post": "client_secret",
    "client_secret_jwt": "client_secret",
    "private_key_jwt": "private_key",
    "tls_client_auth": "client_certificate",
    "self_signed_tls_client_auth": "client_certificate",
}
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFETIME: Final = timedelta(minutes=5)
_SHARED: Final = ("HS256", "HS384", "HS512")


class ClientIdentity(NamedTuple):
    """A client's identifier and its proofs; empty ones are missing."""

    client_id: str
    client_secret: Secret | None = None
    private_key: Secret | None = None
    key_id: str = ""
    algorithm: AssertionAlgorithm | None = None
    client_certificate: str = ""


class ClientAuth(NamedTuple):
    """The header fields and form parameters that authentication adds to a request."""

    headers: tuple[tuple[str, str], ...] = ()
    body: tuple[tuple[str, str], ...] = ()


def client_auth(method: ClientAuthMethod, who: ClientIdentity, audience: str, ambient: Ambient) -> ClientAuth:
    """The proof for one request; *audience* is the token endpoint, the audience of an assertion."""
    secret = who.client_secret.reveal() if who.client_secret is not None else ""
    client_id = (("client_id", who.client_id),)
    match method:
        case _ if not who.client_id:
            return ClientAuth()
        case "client_secret_basic":
            return ClientAuth(headers=(("Authorization", basic(who.client_id, secret)),))
        case "client_secret_post":
            return ClientAuth(body=(*client_id, ("client_secret", secret)))
        case "client_secret_jwt" | "private_key_jwt":
            assertion = client_assertion(method, who, audience, ambient)
            return ClientAuth(body=(*client_id, ("client_assertion_type", _ASSERTION), ("client_assertion", assertion.reveal())))
        case _:  # none, and tls_client_auth, where the connection's certificate is the proof (RFC 8705 section 2)
            return ClientAuth(body=client_id)


def basic(client_id: str, client_secret: str) -> str:
    """An ``Authorization`` value; id and secret are form-encoded before they are joined (RFC 6749 section 2.3.1)."""
    pair = f"{form_encode(client_id)}:{form_encode(client_secret)}"
    return "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")


def client_assertion(method: ClientAuthMethod, who: ClientIdentity, audience: str, ambient: Ambient) -> Secret:
    """The client's assertion for *audience*, valid for a few minutes (RFC 7523 section 3)."""
    now = int(ambient.now().timestamp())
    claims = {
        "iss": who.client_id,
        "sub": who.client_id,
        "aud": audience,
        "jti": ambient.nonce(),
        "iat": now,
        "exp": now + int(_LIFETIME.total_seconds()),
    }
    if method == "client_secret_jwt":
        assert who.client_secret is not None
        header = {"typ": "JWT", "alg": who.algorithm or _SHARED[0]}
        return signed(header, claims, shared_key(who.client_secret.reveal().encode()))
    assert who.private_key is not None
    key = signing_key("private_key", who.private_key)
    return signed(_key_named(who) | {"alg": who.algorithm or algorithms_of(key)[0]}, claims, key)


def presented(method: ClientAuthMethod, certificate: str, key: Secret | None) -> ClientCertificate | None:
    """The certificate that the client presents in TLS. With private_key_jwt a certificate only names the key."""
    if not certificate or method == "private_key_jwt":
        return None
    return ClientCertificate(certificate, key or Secret(""))


def check_client_auth(method: ClientAuthMethod, who: ClientIdentity, *, signs: bool = False) -> None:
    """Refuse a method that lacks a proof, or one whose given proof would not be used. An empty secret counts as a proof.

    Args:
        method: how the client authenticates.
        who: the client's proofs.
        signs: whether the private key has another use.

    Raises:
        ParameterError: a proof is missing, or would not be sent.
    """
    need = _NEEDS.get(method, "")
    if need and getattr(who, need) in (None, ""):
        more = ", or client_auth: none for a public client" if need == "client_secret" else ""
        raise ParameterError(need, f"client_auth: {method} needs a {need}.", f"Add {need}{more}")
    for name in ("client_secret", "private_key"):
        if name != need and getattr(who, name) is not None and not (signs and name == "private_key"):
            raise ParameterError(name, f"client_auth: {method} sends no {name}, and one is given.", "Leave one of them out")
    _check_algorithm(method, who)


def _check_algorithm(method: ClientAuthMethod, who: ClientIdentity) -> None:
    fitting: tuple[str, ...] = ()
    if method == "private_key_jwt":
        assert who.private_key is not None
        fitting = algorithms_of(signing_key("private_key", who.private_key))
    elif method == "client_secret_jwt":
        fitting = _SHARED
    if who.algorithm and who.algorithm not in fitting:
        what = f"the key signs with {', '.join(fitting)}" if fitting else f"client_auth: {method} signs nothing"
        name = "token_endpoint_auth_signing_alg"
        raise ParameterError(name, f"{name} cannot be {who.algorithm}: {what}.", "Leave it out")


def check_certificate(pem: str) -> None:
    """Refuse a text that is no certificate.

    Raises:
        ParameterError: pointing at ``client_certificate``.
    """
    if not pem:
        return
    try:
        _thumbprint(pem)
    except ValueError:
        raise ParameterError(
            "client_certificate", "client_certificate is not a certificate in PEM.", "client_certificate: client.pem"
        ) from None


def _key_named(who: ClientIdentity) -> dict[str, Any]:
    """The header of an assertion, which names the key by its id and its certificate (RFC 7515 section 4.1)."""
    header = {"typ": "JWT"}
    if who.key_id:
        header["kid"] = who.key_id
    if who.client_certificate:
        header["x5t#S256"] = _thumbprint(who.client_certificate)
    return header


def _thumbprint(pem: str) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
