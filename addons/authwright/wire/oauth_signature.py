"""Signatures of OAuth 1.0 (RFC 5849 section 3.4): the base string, and its signature by seven methods.

HMAC-SHA1, RSA-SHA1 and PLAINTEXT are the RFC's; the others are the same with SHA-256 and SHA-512, as servers have them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from ..message import Request
from ..origin import DEFAULT_PORTS
from ..parameters import ParameterError
from ..secret import Secret
from .percent import form_decode, percent_encode
from .sent import sent_host

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

type SignatureMethod = Literal["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"]
type Pair = tuple[str, str]


def base_string(request: Request, form: str, oauth: Iterable[Pair]) -> str:
    """The signature base string (section 3.4.1.1).

    Args:
        request: its method, host, path and query are signed.
        form: the body, where it is a form; else empty.
        oauth: the protocol parameters, without ``realm`` and ``oauth_signature``.
    """
    parameters = [*decoded(request.query), *decoded(form), *oauth]
    parts = (request.method.upper(), base_string_uri(request), normalized(parameters))
    return "&".join(percent_encode(part) for part in parts)


def base_string_uri(request: Request) -> str:
    """Scheme, host in lower case, a port that is not the scheme's own, and the path as it is sent (section 3.4.1.2)."""
    origin = request.origin
    port = "" if DEFAULT_PORTS[origin.scheme] == origin.port else f":{origin.port}"
    return f"{origin.scheme}://{sent_host(request)}{port}{request.path}"


def decoded(form: str) -> list[Pair]:
    """The parameters of a query or form, decoded; a name alone has an empty value (section 3.4.1.3.1)."""
    pairs = (part.partition("=") for part in form.split("&") if part)
    return [(form_decode(name), form_decode(value)) for name, _, value in pairs]


def normalized(parameters: Iterable[Pair]) -> str:
    """*parameters* encoded, then sorted by name and value, then joined (section 3.4.1.3.2)."""
    encoded = sorted((percent_encode(name), percent_encode(value)) for name, value in parameters)
    return "&".join(f"{name}={value}" for name, value in encoded)


def shared_key(consumer_secret: Secret, token_secret: Secret) -> str:
    """The key of HMAC methods, which is also the whole signature of PLAINTEXT (sections 3.4.2 and 3.4.4)."""
    return f"{percent_encode(consumer_secret.reveal())}&{percent_encode(token_secret.reveal())}"


def digest_of(method: SignatureMethod) -> str:
    """The name of the method's hash function, as :mod:`hashlib` knows it; PLAINTEXT has none."""
    return "" if method == "PLAINTEXT" else method.partition("-")[2].lower()


def body_hash(method: SignatureMethod, body: bytes) -> str:
    """``oauth_body_hash`` (OAuth Request Body Hash 1.0 draft 4, section 3.2)."""
    return base64.b64encode(hashlib.new(digest_of(method), body).digest()).decode()


def hmac_signature(method: SignatureMethod, key: str, text: str) -> str:
    """HMAC over *text*, in base64 (section 3.4.2)."""
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), digest_of(method))).decode()


def rsa_signature(method: SignatureMethod, key: RSAPrivateKey, text: str) -> str:
    """RSASSA-PKCS1-v1_5 over *text*, in base64 (section 3.4.3)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    digest = getattr(hashes, digest_of(method).upper())()
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), digest)).decode()


def rsa_key(name: str, pem: Secret) -> RSAPrivateKey:
    """The RSA private key that *pem* holds, in PKCS #1 or PKCS #8.

    Raises:
        ParameterError: it holds none; points at the parameter *name*.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.reveal().encode(), password=None)
    except (ValueError, TypeError) as error:
        raise ParameterError(name, f"the {name} is not a private key in PEM without a passphrase") from error
    if not isinstance(key, RSAPrivateKey):
        raise ParameterError(name, f"the {name} is not an RSA key")
    return key
