"""An ASAP token says what its specification wants, and verifies with the public key."""

import base64
from datetime import timedelta
from urllib.parse import quote

import pytest
from joserfc import jwt
from joserfc.jwk import import_key
from tests.ambients import NOON, Clock
from tests.playbook import Playbook
from tests.schemes.test_jwt import RSA_KEY, pem, private_key

from authwright.message import Request
from authwright.parameters import ParameterError
from authwright.schemes.asap import Asap
from authwright.secret import Secret

GET = Request.of("GET", "https://billing.example.com/")
NOW = int(NOON.timestamp())
PEM = pem(RSA_KEY)
DER = "".join(PEM.reveal().splitlines()[1:-1])
MADE = {"iss": "orders", "sub": "orders", "aud": "billing", "iat": NOW, "exp": NOW + 3600, "jti": "n0nce"}


def asap(**parameters):
    return Asap(**{"issuer": "orders", "audience": ("billing",), "key_id": "orders/1", "private_key": PEM} | parameters)


def token(scheme, key=PEM):
    command = Playbook(scheme.authorize(GET, Clock())).asks()
    value = command.request.headers.get("Authorization")
    assert value == f"Bearer {command.hide[0].reveal()}"
    kind = "EC" if scheme.algorithm.startswith("ES") else "RSA"
    return jwt.decode(command.hide[0].reveal(), import_key(key.reveal(), kind), algorithms=[scheme.algorithm])


@pytest.mark.parametrize(
    ("parameters", "claims"),
    [
        ({}, MADE),
        ({"subject": "alice"}, MADE | {"sub": "alice"}),
        ({"audience": ("billing", "stock")}, MADE | {"aud": ["billing", "stock"]}),
        ({"expires_in": timedelta(seconds=60)}, MADE | {"exp": NOW + 60}),
        ({"claims": {"sub": "s", "jti": "j", "x": [1]}}, MADE | {"sub": "s", "jti": "j", "x": [1]}),
    ],
)
def test_it_says_who_asks_whom_and_until_when(parameters, claims):
    found = token(asap(**parameters))
    assert (found.header, found.claims) == ({"typ": "JWT", "kid": "orders/1", "alg": "RS256"}, claims)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"])
def test_every_algorithm_of_the_specification_verifies(algorithm):
    key = pem(private_key(algorithm))
    assert token(asap(algorithm=algorithm, private_key=key), key).claims == MADE


@pytest.mark.parametrize(
    ("head", "data", "key_id"),
    [
        ("data:application/pkcs8;kid=orders%2F1;base64,", DER, ""),
        ("data:application/pkcs8;kid=orders%2F1;base64,", quote(DER, safe=""), "orders/1"),
        ("data:application/pkcs8;base64,", DER, "orders/1"),
    ],
)
def test_a_data_url_is_a_key_that_may_say_its_identifier(head, data, key_id):
    assert token(asap(private_key=Secret(head + data), key_id=key_id)).header["kid"] == "orders/1"


def test_header_and_claims_are_noted():
    labels = [command.label for command in asap().authorize(GET, Clock()) if hasattr(command, "label")]
    assert labels == ["JOSE header", "claims"]


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"issuer": ""}, "issuer"),
        ({"audience": ()}, "audience"),
        ({"key_id": ""}, "key_id"),
        ({"key_id": "orders/2", "private_key": Secret(f"data:application/pkcs8;kid=orders%2F1;base64,{DER}")}, "key_id"),
        ({"private_key": Secret(f"data:application/pkcs8,{DER}")}, "private_key"),
        ({"private_key": Secret("data:application/pkcs8;base64,%%%")}, "private_key"),
        ({"private_key": Secret("data:application/pkcs8;base64," + base64.b64encode(b"no key").decode())}, "private_key"),
        ({"private_key": Secret("no key")}, "private_key"),
        ({"algorithm": "ES256"}, "private_key"),
        ({"expires_in": timedelta(hours=2)}, "expires_in"),
        ({"expires_in": timedelta(0)}, "expires_in"),
    ],
)
def test_what_cannot_sign_is_found_when_it_is_loaded(parameters, name):
    with pytest.raises(ParameterError) as caught:
        asap(**parameters)
    assert caught.value.name == name
