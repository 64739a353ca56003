"""Servers that verify signatures, and a configuration whose rules sign for them: one path a way of signing."""

import contextlib
import json
import os
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.live.needs import CACHE, program
from tests.live.process import first_line, started, until

METHODS = ("HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT")
PLACEMENTS = ("header", "query", "body")

OAUTH1 = {
    "ck": {"consumer_secret": "cs é&=+%", "token": "tk", "token_secret": "ts é&=+%"},
    "plain": {"consumer_secret": "consumer-secret", "token": "plain", "token_secret": "token-secret"},
}
"""oauthlib decodes what it finds in a query or form twice, which a PLAINTEXT signature of awkward secrets does not outlive."""
EDGEGRID = {
    "client_token": "akab-client-token",
    "client_secret": "c2VjcmV0LXNlY3JldA==",
    "access_token": "akab-access-token",
    "max_body": 2048,
    "headers_to_sign": ["X-Test1", "X-Test2"],
}
HAWK = {
    "id1": {"key": "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn", "algorithm": "sha256"},
    "id2": {"key": "k2 é", "algorithm": "sha1"},
}
SECRET = "0123456789abcdef0123456789abcdef"
AUDIENCE = "live"


@dataclass(frozen=True)
class Verifier:
    """A server that verifies; *port* is where it listens."""

    port: int

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def log(self):
        """``METHOD path status`` of each request so far."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + "/__log", timeout=10) as response:
            return json.load(response)


@dataclass(frozen=True)
class Keys:
    """A service's RSA key; *private* is the file of it."""

    private: Path
    public: str


def keys(folder):
    key = rsa.generate_private_key(65537, 2048)
    private, public = folder / "key.pem", serialization.PublicFormat.SubjectPublicKeyInfo
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    private.chmod(0o600)
    return Keys(private, key.public_key().public_bytes(serialization.Encoding.PEM, public).decode())


@contextlib.contextmanager
def hawk(folder):
    source = Path(__file__).with_name("hawk.mjs").read_text()
    argv = [program("node"), "--no-warnings", "--input-type=module", "-e", source]  # so that imports are looked up in the cache
    environment = {**os.environ, "HAWK_CREDENTIALS": json.dumps(HAWK)}
    with started(argv, folder, cwd=CACHE, env=environment) as process:
        yield Verifier(int(until(lambda: first_line(folder), f"hawk (it says: {folder}/err)", process)))


@contextlib.contextmanager
def verifiers(folder, public_key):
    known = {"oauth1": OAUTH1, "edgegrid": EDGEGRID, "jwt": {"secret": SECRET}, "public_key": public_key, "audience": AUDIENCE}
    argv = [sys.executable, str(Path(__file__).with_name("verifiers.py"))]
    with started(argv, folder, env={"PATH": os.environ["PATH"], "KNOWN": json.dumps(known)}) as process:
        yield Verifier(int(until(lambda: first_line(folder), f"the verifiers (they say: {folder}/err)", process)))


def _rules(hawk_server, verifier, private_key):
    """Each rule: what it matches at which server, and how it signs."""
    first, second = ({"type": "hawk", "id": name, **HAWK[name]} for name in HAWK)
    edgegrid = {"type": "edgegrid", **EDGEGRID}
    yield "/payload/**", hawk_server, first | {"payload_hash": True, "ext": "some-app-ext-data", "app": "app-id", "dlg": "dlg-id"}
    yield "/bewit/**", hawk_server, first | {"bewit": "1m"}
    yield "/wrong/**", hawk_server, first | {"key": "wrong"}
    yield "/stuck/**", hawk_server, first | {"nonce": "always", "timestamp": str(int(time.time()))}
    for path in ("/proven/**", "/lying/**", "/silent/**"):
        yield path, hawk_server, first | {"server_authorization": True}
    yield "/sha1/**", hawk_server, second | {"payload_hash": True}
    yield "/**", hawk_server, first
    for method in METHODS:
        for placement in PLACEMENTS:
            signer = _client(method) | {
                "type": "oauth1",
                "signature_method": method,
                "placement": placement,
                "private_key": private_key,
            }
            yield f"/oauth1/{method}/{placement}/wrong", verifier, signer | _wrong(method)
            yield f"/oauth1/{method}/{placement}/**", verifier, signer | {"realm": "live", "body_hash": placement == "header"}
    yield "/edgegrid/wrong", verifier, edgegrid | {"client_secret": "wrong"}
    yield "/edgegrid/**", verifier, edgegrid
    yield (
        "/jwt/query",
        verifier,
        {"type": "jwt", "secret": SECRET, "claims": {"aud": AUDIENCE}, "lifetime": "1m", "placement": "query"},
    )
    yield "/jwt/**", verifier, {"type": "jwt", "secret": SECRET, "claims": {"aud": AUDIENCE}, "lifetime": "1m"}
    asap = {"type": "asap", "issuer": "orders", "audience": AUDIENCE, "private_key": private_key}
    yield "/asap/wrong", verifier, asap | {"key_id": "billing/1"}
    yield "/asap/**", verifier, asap | {"key_id": "orders/1"}


def _client(method):
    name = "plain" if method == "PLAINTEXT" else "ck"
    return {"consumer_key": name, **OAUTH1[name]}


def _wrong(method):
    """Another secret; for RSA another client, as its key is in a file."""
    return {"consumer_key": "another"} if method.startswith("RSA") else {"consumer_secret": "wrong"}


def configuration(hawk_server, verifier, private_key):
    rules = [
        {"match": {"host": "127.0.0.1", "port": str(server.port), "path": path}, "auth": auth}
        for path, server, auth in _rules(hawk_server, verifier, f"${{file:{private_key}}}")
    ]
    return json.dumps({"version": 1, "rules": rules}, indent=1)
