"""Resources that verify signatures with libraries that others wrote: oauthlib, Akamai's client and PyJWT.

Run as ``python verifiers.py``; what is known of clients comes as JSON in ``KNOWN``. It prints its port; ``/__log`` gives the
requests so far as ``METHOD path status``. Whatever is not proven is answered with 401.
"""

import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import jwt
from akamai.edgegrid.edgegrid import EdgeGridAuthHeaders
from oauthlib.oauth1 import RequestValidator, ResourceEndpoint
from oauthlib.oauth1 import rfc5849 as methods
from requests.structures import CaseInsensitiveDict

KNOWN = json.loads(os.environ.get("KNOWN", "{}"))
LOG = []
SEEN = set()
SKEW = 30


def once(*name):
    """Whether *name* comes for the first time."""
    fresh = name not in SEEN
    SEEN.add(name)
    return fresh


class Validator(RequestValidator):
    """oauthlib's questions about a client, a token and a nonce."""

    enforce_ssl = False
    client_key_length = access_token_length = (1, 60)
    nonce_length = (20, 30)
    allowed_signature_methods = (
        methods.SIGNATURE_HMAC_SHA1,
        methods.SIGNATURE_HMAC_SHA256,
        methods.SIGNATURE_HMAC_SHA512,
        methods.SIGNATURE_RSA_SHA1,
        methods.SIGNATURE_RSA_SHA256,
        methods.SIGNATURE_RSA_SHA512,
        methods.SIGNATURE_PLAINTEXT,
    )
    dummy_client = dummy_access_token = "dummy"

    def validate_client_key(self, client_key, request):
        return client_key in KNOWN["oauth1"]

    def validate_access_token(self, client_key, token, request):
        return token == KNOWN["oauth1"].get(client_key, {}).get("token")

    def validate_timestamp_and_nonce(self, client_key, timestamp, nonce, request, request_token=None, access_token=None):
        return once("oauth1", timestamp, nonce, access_token)

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return True

    def get_client_secret(self, client_key, request):
        return KNOWN["oauth1"].get(client_key, {}).get("consumer_secret", "dummy")

    def get_access_token_secret(self, client_key, token, request):
        return KNOWN["oauth1"].get(client_key, {}).get("token_secret", "dummy")

    def get_rsa_key(self, client_key, request):
        return KNOWN["public_key"]


ENDPOINT = ResourceEndpoint(Validator())


def oauth1(request):
    """The path says which method and place are expected, so that nothing else passes for them."""
    _, _, method, place, *_ = request.path.partition("?")[0].split("/")
    headers = dict(request.headers.items())
    valid, seen = ENDPOINT.validate_protected_resource_request(request.url, request.command, request.body, headers)
    form = "form" in headers.get("Content-Type", "")
    stands = {"header": "Authorization" in headers, "body": form and b"oauth_signature=" in request.body}
    stands["query"] = "oauth_signature=" in request.path
    expected = "query" if place == "body" and not form else place
    return valid and seen.signature_method == method and [name for name in stands if stands[name]] == [expected]


def edgegrid(request):
    known = KNOWN["edgegrid"]
    value = request.headers.get("Authorization", "")
    unsigned, _, _ = value.partition("signature=")
    fields = dict(part.partition("=")[::2] for part in unsigned.partition(" ")[2].split(";") if part)
    signed = known.get("headers_to_sign", [])
    client = EdgeGridAuthHeaders(
        known["client_token"], known["client_secret"], known["access_token"], headers_to_sign=signed, max_body=known["max_body"]
    )
    seen = SimpleNamespace(
        method=request.command, url=request.url, headers=CaseInsensitiveDict(request.headers.items()), body=request.body
    )
    expected = client.make_auth_header(seen, fields.get("timestamp", ""), fields.get("nonce", ""))
    if not hmac.compare_digest(expected, value):
        return False
    then = time.strptime(fields["timestamp"], "%Y%m%dT%H:%M:%S+0000")
    now = time.time()
    return abs(now - time.mktime(then) + time.timezone) < SKEW and once("edgegrid", fields["nonce"])


def tokens(request):
    """A JSON Web Token in the header or the query; below ``/asap`` one that says which service asks, once."""
    value = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.path.partition("token=")[2]
    asap = request.path.startswith("/asap")
    key = KNOWN["public_key"] if asap else KNOWN["jwt"]["secret"]
    required = ["iss", "sub", "aud", "iat", "exp", "jti"] if asap else ["exp"]
    options = {"require": required, "strict_aud": False}
    algorithms = ["RS256"] if asap else ["HS256"]
    try:
        found = jwt.decode(value, key, algorithms=algorithms, audience=KNOWN["audience"], options=options)
    except jwt.PyJWTError:
        return False
    kid = jwt.get_unverified_header(value).get("kid", "")
    return not asap or (kid.startswith(f"{found['iss']}/") and once("asap", found["jti"]))


CHECKS = {"oauth1": oauth1, "edgegrid": edgegrid, "jwt": tokens, "asap": tokens}


class Resource(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.url = f"http://{self.headers['Host']}{self.path}"
        found = LOG if self.path == "/__log" else {"length": len(self.body)}
        status = 200 if self.path == "/__log" or CHECKS[self.path.split("/")[1]](self) else 401
        if self.path != "/__log":
            LOG.append(f"{self.command} {self.path.partition('?')[0]} {status}")
        content = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - the library's names

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Resource)
    print(server.server_port, flush=True)
    sys.exit(server.serve_forever())
