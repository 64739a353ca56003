"""A token of our own making verifies with its key, whatever the algorithm."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from tests.ambients import Clock

from authwright.flow.commands import Forward, Note
from authwright.message import Request
from authwright.parameters import ParameterError
from authwright.schemes.jwt import Jwt
from authwright.secret import Secret

GET = Request.of("GET", "https://a.example/p?x=1")
SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
RSA_KEY = rsa.generate_private_key(65537, 2048)


def private_key(algorithm):
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm])
    return ed25519.Ed25519PrivateKey.generate() if algorithm == "EdDSA" else RSA_KEY


def pem(key):
    encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return Secret(key.private_bytes(*encoding).decode())


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def forwarded(scheme):
    return next(command for command in scheme.authorize(GET, Clock()) if isinstance(command, Forward))


def token(scheme):
    return forwarded(scheme).hide[0].reveal()


def verify(algorithm, public, signed, signature):
    if algorithm == "EdDSA":
        return public.verify(signature, signed)
    digest = HASHES[algorithm[2:]]
    if algorithm in CURVES:
        half = len(signature) // 2
        r, s = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
        return public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(digest))
    scheme = padding.PKCS1v15() if algorithm.startswith("RS") else padding.PSS(padding.MGF1(digest), digest.digest_size)
    return public.verify(signature, signed, scheme, digest)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"])
def test_the_public_key_verifies_it(algorithm):
    key = private_key(algorithm)
    header, claims, signature = token(Jwt(algorithm=algorithm, private_key=pem(key), claims={"sub": "x"})).split(".")
    assert json.loads(decode(header)) == {"typ": "JWT", "alg": algorithm}
    assert json.loads(decode(claims)) == {"sub": "x"}
    assert verify(algorithm, key.public_key(), f"{header}.{claims}".encode(), decode(signature)) is None


@pytest.mark.parametrize(
    ("algorithm", "digest"), [("HS256", hashlib.sha256), ("HS384", hashlib.sha384), ("HS512", hashlib.sha512)]
)
@pytest.mark.parametrize(("written", "base64_"), [(SECRET, False), (base64.b64encode(SECRET.encode()).decode(), True)])
def test_the_shared_secret_verifies_it(algorithm, digest, written, base64_):
    header, claims, signature = token(Jwt(algorithm=algorithm, secret=Secret(written), secret_base64=base64_)).split(".")
    assert decode(signature) == hmac.digest(SECRET.encode(), f"{header}.{claims}".encode(), digest)


def test_a_short_secret_is_the_users_choice():
    assert token(Jwt(secret=Secret("short"))).count(".") == 2


def test_a_lifetime_adds_iat_and_exp():
    claims = json.loads(decode(token(Jwt(secret=Secret(SECRET), lifetime=timedelta(minutes=5))).split(".")[1]))
    assert claims == {"iat": 1767268800, "exp": 1767269100}


def test_claims_that_are_given_are_never_replaced():
    scheme = Jwt(secret=Secret(SECRET), lifetime=timedelta(minutes=5), claims={"iat": 1, "exp": 2})
    assert json.loads(decode(token(scheme).split(".")[1])) == {"iat": 1, "exp": 2}


def test_header_fields_are_added_and_the_algorithm_stays():
    scheme = Jwt(secret=Secret(SECRET), header={"kid": "k1", "alg": "none", "typ": "at+jwt"})
    assert json.loads(decode(token(scheme).split(".")[0])) == {"typ": "at+jwt", "kid": "k1", "alg": "HS256"}


@pytest.mark.parametrize(
    ("parameters", "placed"),
    [
        ({}, ("Authorization", "Bearer {}")),
        ({"prefix": "JWT"}, ("Authorization", "JWT {}")),
        ({"prefix": ""}, ("Authorization", "{}")),
    ],
)
def test_it_goes_into_the_header_behind_its_prefix(parameters, placed):
    command = forwarded(Jwt(secret=Secret(SECRET), **parameters))
    name, value = placed
    assert command.request.headers.get(name) == value.format(command.hide[0].reveal())


def test_it_goes_into_the_query():
    command = forwarded(Jwt(secret=Secret(SECRET), placement="query", query_name="jwt"))
    assert command.request.target == f"/p?x=1&jwt={command.hide[0].reveal()}"


def test_header_and_claims_are_noted():
    commands = list(Jwt(secret=Secret(SECRET), claims={"sub": "x"}).authorize(GET, Clock()))
    assert commands[:2] == [Note("JOSE header", '{"typ": "JWT", "alg": "HS256"}'), Note("claims", '{"sub": "x"}')]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"algorithm": "HS256"}, "secret"),
        ({"algorithm": "HS256", "secret": Secret("")}, "secret"),
        ({"algorithm": "HS256", "secret": Secret("no base64!"), "secret_base64": True}, "secret"),
        ({"algorithm": "RS256"}, "private_key"),
        ({"algorithm": "RS256", "private_key": Secret("no key")}, "private_key"),
        ({"algorithm": "RS256", "private_key": pem(private_key("ES256"))}, "private_key"),
        ({"algorithm": "ES256", "private_key": pem(private_key("ES384"))}, "private_key"),
        ({"algorithm": "EdDSA", "private_key": pem(RSA_KEY)}, "private_key"),
        (
            {
                "algorithm": "RS256",
                "private_key": Secret(
                    RSA_KEY.public_key()
                    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
                    .decode()
                ),
            },
            "private_key",
        ),
        ({"secret": Secret(SECRET), "lifetime": timedelta(0)}, "lifetime"),
    ],
)
def test_a_key_that_cannot_sign_is_found_when_it_is_loaded(parameters, field):
    with pytest.raises(ParameterError) as caught:
        Jwt(**parameters)
    assert caught.value.name == field
