"""Configurations for the provider's clients: every grant that needs no person, by every client authentication it may have."""

import json

from tests.live.registered import SECRET

METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
)
GRANTS = ("client_credentials", "password", "jwt_bearer", "token_exchange", "refresh_token")
PAIRS = [
    (grant, method) for grant in GRANTS for method in METHODS if (grant, method) != ("client_credentials", "none")
]  # RFC 6749 section 4.4: by confidential clients only
GRANT_TYPES = {
    "jwt_bearer": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "token_exchange": "urn:ietf:params:oauth:grant-type:token-exchange",
}


def client_of(method):
    return method.replace("_", "-")


def authentication(oidc, pki, method):
    """How a client of *method* proves itself, and where: a certificate is seen in TLS only."""
    proofs = {
        "private_key_jwt": {"private_key": str(oidc.keys.signing), "key_id": "signing"},
        "tls_client_auth": {"client_certificate": str(pki.client)},
        "self_signed_tls_client_auth": {"client_certificate": str(oidc.keys.selfsigned)},
        "none": {},
    }
    scheme = "https" if "tls" in method else "http"
    return {
        "type": "oauth2",
        "token_endpoint": f"{oidc.url(scheme)}/token",
        "client_id": client_of(method),
        "client_auth": method,
        "scope": "read",
        **proofs.get(method, {"client_secret": SECRET}),
    }


def parameters(oidc, grant):
    """What a grant needs beside."""
    return {
        "client_credentials": {},
        "password": {"username": "alice", "password": "wonderland"},
        "jwt_bearer": {
            "issuer": "asserting",
            "subject": "alice",
            "private_key": str(oidc.keys.signing),
            "key_id": "signing",
        },
        "token_exchange": {"source_credential": "source"},
        "refresh_token": {},
    }[grant]


def every(oidc, pki):
    """A credential for each pair, called ``grant-method``, and the one whose token is exchanged."""
    made = {"source": {**authentication(oidc, pki, "client_secret_post"), "grant": "password", **parameters(oidc, "password")}}
    made["source"]["scope"] = ["read", "write"]  # another token than the one of the pair
    for grant, method in PAIRS:
        made[f"{grant}-{method}"] = {**authentication(oidc, pki, method), "grant": grant, **parameters(oidc, grant)}
        if grant == "refresh_token":
            made[f"{grant}-{method}"]["refresh_token"] = oidc.refresh_token(client_of(method))
    return made


def text(oidc, pki, credentials, paths=None):
    """A configuration: *credentials*, and a rule for each under ``/api/read/NAME``, or the path that *paths* says."""
    paths = paths or {}
    rules = [
        {"name": name, "match": f"{oidc.url('http')}{paths.get(name, f'/api/read/{name}')}/**", "auth": name}
        for name in credentials
    ]
    settings = {"upstream_ca": str(pki.ca)}
    return json.dumps({"version": 1, "settings": settings, "credentials": credentials, "rules": rules}, indent=1)
