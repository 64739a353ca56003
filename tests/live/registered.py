"""The clients that are registered at the provider: one for each client authentication, each with every grant it may have."""

import base64
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc.jwk import ECKey
from tests.certificates import certificate

GRANTS = [
    "client_credentials",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "authorization_code",
    "urn:ietf:params:oauth:grant-type:device_code",
]
REDIRECT = "http://127.0.0.1/callback"
"""Native clients may add any port (RFC 8252 section 7.3)."""
SECRET = "a secret of 32 bytes at least, + % & ="


@dataclass(frozen=True)
class Keys:
    """Private keys of the clients, as PEM files."""

    signing: Path
    """Signs client assertions, and JWT bearer assertions."""
    selfsigned: Path
    """A certificate that no CA knows, with its key."""


def make_keys(folder):
    keys = Keys(folder / "signing.pem", folder / "selfsigned.pem")
    one, two = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    keys.signing.write_bytes(_pem(one))
    own = certificate("self-signed", None, two, two, ca=False)
    keys.selfsigned.write_bytes(_pem(two) + own.public_bytes(Encoding.PEM))
    return keys


def signing_jwk(keys):
    """The public half of the signing key."""
    return {**ECKey.import_key(keys.signing.read_text()).as_dict(private=False), "kid": "signing", "alg": "ES256"}


def clients(keys):
    """What the provider is told. A client is called like its authentication, with hyphens."""
    methods = {
        "client_secret_basic": {"client_secret": SECRET},
        "client_secret_post": {"client_secret": SECRET},
        "client_secret_jwt": {"client_secret": SECRET},
        "private_key_jwt": {"jwks": {"keys": [signing_jwk(keys)]}, "token_endpoint_auth_signing_alg": "ES256"},
        "tls_client_auth": {"tls_client_auth_subject_dn": "CN=rule-client"},
        "self_signed_tls_client_auth": {"jwks": {"keys": [_selfsigned_jwk(keys)]}},
        "none": {},
    }
    return [
        *(_client(method.replace("_", "-"), method, **more) for method, more in methods.items()),
        _client("nonce", "client_secret_basic", client_secret=SECRET),
        _client("par", "client_secret_basic", client_secret=SECRET, require_pushed_authorization_requests=True),
        _client("implicit", "none", grant_types=["implicit"], response_types=["id_token token"]),
        _client("slow", "none"),
        _client(
            "elsewhere",
            "client_secret_basic",
            client_secret=SECRET,
            redirect_uris=["https://client.example.test/callback"],
            application_type="web",
        ),
    ]


def _client(client_id, method, **more):
    return {
        "client_id": client_id,
        "token_endpoint_auth_method": method,
        "application_type": "native",
        "grant_types": GRANTS if method != "none" else GRANTS[1:],
        "response_types": ["code"],
        "redirect_uris": [REDIRECT],
        **more,
    }


def _selfsigned_jwk(keys):
    own = x509.load_pem_x509_certificate(keys.selfsigned.read_bytes())
    key = ECKey.import_key(own.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return {**key.as_dict(private=False), "kid": "own", "x5c": [base64.b64encode(own.public_bytes(Encoding.DER)).decode()]}


def _pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
