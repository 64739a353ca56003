"""Client authentication against RFC 6749 section 2.3.1 and its appendix B, RFC 7523 section 3 and RFC 8705 section 2."""

import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import OctKey, import_key
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.grants.keys import CERTIFICATE, KEYS, PEMS

from authwright.errors import TokenEndpointError
from authwright.flow.commands import ClientCertificate, Fetch
from authwright.grants.client_auth import ClientIdentity, client_auth
from authwright.grants.client_credentials import ClientCredentials
from authwright.parameters import ParameterError
from authwright.secret import Secret
from authwright.wire.form import urlencode_form

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "basic.json").read_text("utf-8"))["cases"]
ENDPOINT = "https://as.example/token"
SECRET = Secret("a secret of 32 bytes, as it must be")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def proof(method, *who):
    return client_auth(method, ClientIdentity(*who), ENDPOINT, Clock())


@pytest.mark.parametrize("case", [case for case in VECTORS if case.get("form_encode_first")], ids=lambda case: case["name"])
def test_basic_encodes_id_and_secret_as_a_form_first(case):
    found = proof("client_secret_basic", case["username"], Secret(case["password"]))
    assert (found.headers, found.body) == ((("Authorization", case["expected"]),), ())


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("client_secret_post", (("client_id", "id"), ("client_secret", "s"))),
        ("none", (("client_id", "id"),)),
        ("tls_client_auth", (("client_id", "id"),)),
        ("self_signed_tls_client_auth", (("client_id", "id"),)),
    ],
)
def test_other_methods_stand_in_the_body(method, body):
    found = proof(method, "id", Secret("s") if method == "client_secret_post" else None)
    assert (found.headers, found.body) == ((), body)


def asserted(method, who, key, algorithm):
    """Header and claims of the client's assertion, which *key* must verify by *algorithm*."""
    body = dict(proof(method, *who).body)
    assert (body["client_id"], body["client_assertion_type"]) == ("id", ASSERTION_TYPE)
    token = jwt.decode(body["client_assertion"], key, algorithms=[algorithm])
    return token.header, token.claims


CLAIMS = {"iss": "id", "sub": "id", "aud": ENDPOINT, "jti": "n0nce", "iat": 1767268800, "exp": 1767269100}


@pytest.mark.parametrize("algorithm", [None, "HS256", "HS384", "HS512"])
def test_a_secret_signs_an_assertion(algorithm):
    key = OctKey.import_key(SECRET.reveal())
    header, claims = asserted("client_secret_jwt", ("id", SECRET, None, "", algorithm), key, algorithm or "HS256")
    assert (header, claims) == ({"typ": "JWT", "alg": algorithm or "HS256"}, CLAIMS)


@pytest.mark.parametrize(
    ("name", "given", "algorithm"),
    [
        ("rsa", None, "RS256"),
        ("rsa", "PS256", "PS256"),
        ("p256", None, "ES256"),
        ("p384", None, "ES384"),
        ("p521", None, "ES512"),
    ],
)
def test_a_private_key_signs_an_assertion_by_the_algorithm_that_fits_it(name, given, algorithm):
    who = ("id", None, Secret(PEMS[name]), "key-1", given)
    header, claims = asserted("private_key_jwt", who, import_key(PEMS[name], KEYS[name]), algorithm)
    assert (header, claims) == ({"typ": "JWT", "alg": algorithm, "kid": "key-1"}, CLAIMS)


def test_a_certificate_names_the_key_of_an_assertion():
    """As Microsoft Entra wants it: the SHA-256 of its DER, RFC 7515 section 4.1.8."""
    der = x509.load_pem_x509_certificate(CERTIFICATE.encode()).public_bytes(Encoding.DER)
    expected = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    who = ("id", None, Secret(PEMS["p256"]), "", None, CERTIFICATE)
    header, _ = asserted("private_key_jwt", who, import_key(PEMS["p256"], "EC"), "ES256")
    assert header == {"typ": "JWT", "alg": "ES256", "x5t#S256": expected}


def grant(**given):
    return ClientCredentials(token_endpoint=ENDPOINT, client_id="id", **given)


PRESENTED = ClientCertificate(CERTIFICATE, Secret(PEMS["p256"]))


@pytest.mark.parametrize(
    ("given", "certificate"),
    [
        ({"client_auth": "tls_client_auth"}, PRESENTED),
        ({"client_auth": "self_signed_tls_client_auth"}, PRESENTED),
        ({"client_auth": "none"}, PRESENTED),
        ({"client_secret": SECRET}, PRESENTED),
        ({"client_auth": "private_key_jwt", "private_key": Secret(PEMS["p256"])}, None),
    ],
)
def test_a_certificate_is_presented_unless_it_names_the_key(given, certificate):
    asked = next(grant(**given, client_certificate=CERTIFICATE, client_key=Secret(PEMS["p256"])).obtain(None, Clock()))
    assert isinstance(asked, Fetch)
    assert asked.certificate == certificate


def test_a_certificate_proves_a_client_that_says_its_id():
    asked = next(grant(client_auth="tls_client_auth", client_certificate=CERTIFICATE).obtain(None, Clock()))
    assert asked.request.body == urlencode_form((("grant_type", "client_credentials"), ("client_id", "id")))


PRIVATE = {"client_auth": "private_key_jwt", "private_key": Secret(PEMS["p256"])}
REFUSED = [
    ({"client_auth": "client_secret_basic"}, "client_secret", "needs a client_secret"),
    ({"client_auth": "client_secret_jwt"}, "client_secret", "needs a client_secret"),
    ({"client_auth": "private_key_jwt"}, "private_key", "needs a private_key"),
    ({"client_auth": "tls_client_auth"}, "client_certificate", "needs a client_certificate"),
    ({"client_auth": "self_signed_tls_client_auth"}, "client_certificate", "needs a client_certificate"),
    ({**PRIVATE, "client_secret": SECRET}, "client_secret", "sends no client_secret"),
    ({"client_auth": "none", "client_secret": SECRET}, "client_secret", "sends no client_secret"),
    ({"client_auth": "tls_client_auth", "client_certificate": CERTIFICATE, "client_secret": SECRET}, "client_secret", "sends no"),
    ({"client_secret": SECRET, "private_key": Secret(PEMS["p256"])}, "private_key", "sends no private_key"),
    ({**PRIVATE, "private_key": Secret("no key")}, "private_key", "is not a private key in PEM"),
    ({**PRIVATE, "private_key": Secret(PEMS["public"])}, "private_key", "is not a private key in PEM"),
    ({**PRIVATE, "private_key": Secret(PEMS["encrypted"])}, "private_key", "encrypted with a password"),
    ({**PRIVATE, "token_endpoint_auth_signing_alg": "RS256"}, "token_endpoint_auth_signing_alg", "the key signs with ES256"),
    ({"client_secret": SECRET, "token_endpoint_auth_signing_alg": "HS256"}, "token_endpoint_auth_signing_alg", "signs nothing"),
    ({"client_auth": "tls_client_auth", "client_certificate": "no PEM"}, "client_certificate", "not a certificate in PEM"),
    ({"client_auth": "none", "client_key": SECRET}, "client_key", "without its client_certificate"),
]


@pytest.mark.parametrize(("given", "name", "sentence"), REFUSED)
def test_what_does_not_go_together_gets_one_sentence(given, name, sentence):
    with pytest.raises(ParameterError) as caught:
        grant(**given)
    assert (caught.value.name, sentence in caught.value.message, bool(caught.value.hint)) == (name, True, True)


def test_an_assertion_that_the_server_echoes_is_hidden():
    flow = grant(client_auth="client_secret_jwt", client_secret=SECRET).obtain(None, Clock())
    assertion = dict(parse_qsl(next(flow).request.body.decode()))["client_assertion"]
    with pytest.raises(TokenEndpointError) as caught:
        flow.send(answer(401, error="invalid_client", error_description=f"{assertion} is bad"))
    assert "“<hidden> is bad”" in caught.value.message


def test_no_key_is_in_a_repr():
    signing = grant(client_auth="private_key_jwt", private_key=Secret(PEMS["p256"]))
    presenting = grant(client_auth="tls_client_auth", client_certificate=CERTIFICATE + PEMS["p256"])
    assert "PRIVATE KEY" not in f"{signing}{presenting}{presenting.certificate}{signing.key}"
