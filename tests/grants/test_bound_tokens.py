"""Tokens bound to a key at the token endpoint (RFC 9449 sections 5 and 8)."""

import base64
import json
from dataclasses import replace

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.ambients import Clock
from tests.grants.authorization_server import JSON, answer
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.password import Password
from authwright.message import Response
from authwright.secret import Secret
from authwright.wire.dpop import new_key

PLAIN = {"token_endpoint": "https://as.example/token?x=1", "client_id": "id", "client_secret": Secret("s3cret"), "dpop": True}
GRANT = ClientCredentials(**PLAIN)
ISSUED = {"access_token": "bound", "token_type": "DPoP"}
WANTED = Response(400, replace(JSON, fields=(*JSON.fields, ("DPoP-Nonce", "n1"))), b'{"error":"use_dpop_nonce"}')


def proof(request):
    """The claims of the request's one proof, verified by the key that it names."""
    (value,) = request.headers.get_all("DPoP")
    header, _, _ = value.partition(".")
    key = ECKey.import_key(json.loads(base64.urlsafe_b64decode(header + "=="))["jwk"])
    return key.thumbprint(), jwt.decode(value, key, algorithms=["ES256"]).claims


def test_a_token_request_carries_a_proof_and_the_key_stays_with_the_token():
    play = Playbook(GRANT.obtain(None, Clock()))
    thumbprint, claims = proof(play.asks().request)
    token = (play >> answer(**ISSUED)).ends()
    assert (claims["htm"], claims["htu"], "ath" in claims) == ("POST", "https://as.example/token", False)
    assert ECKey.import_key(json.loads(token.dpop_key.reveal())).thumbprint() == thumbprint


def test_the_servers_nonce_is_put_into_a_second_proof():
    play = Playbook(GRANT.obtain(None, Clock()))
    assert "nonce" not in proof(play.asks().request)[1]
    play >> WANTED
    assert proof(play.asks().request)[1]["nonce"] == "n1"
    assert (play >> answer(**ISSUED)).ends().access_token == Secret("bound")


def test_a_server_that_wants_another_nonce_forever_is_asked_twice():
    play = Playbook(GRANT.obtain(None, Clock()))
    play.asks()
    play >> WANTED
    play.asks()
    with pytest.raises(TokenEndpointError, match="use_dpop_nonce"):
        (play >> WANTED).asks()


@pytest.mark.parametrize("kind", ["Bearer", None])
def test_a_token_that_is_not_bound_is_refused(kind):
    play = Playbook(GRANT.obtain(None, Clock()))
    play.asks()
    with pytest.raises(TokenEndpointError, match="has not bound the token"):
        (play >> answer(access_token="loose", token_type=kind)).ends()


def test_a_bound_token_that_nobody_asked_for_is_refused():
    play = Playbook(ClientCredentials(**{**PLAIN, "dpop": False}).obtain(None, Clock()))
    play.asks()
    with pytest.raises(TokenEndpointError, match="not Bearer"):
        (play >> answer(**ISSUED)).ends()


def test_a_refresh_goes_on_with_the_same_key():
    key = new_key(Clock())
    previous = Token(Secret("old"), refresh_token=Secret("r"), dpop_key=key)
    play = Playbook(Password(**PLAIN, username="u", password=Secret("p")).obtain(previous, Clock()))
    assert proof(play.asks().request)[0] == ECKey.import_key(json.loads(key.reveal())).thumbprint()
    assert (play >> answer(**ISSUED)).ends().dpop_key == key


def test_without_dpop_there_is_no_proof():
    play = Playbook(ClientCredentials(**{**PLAIN, "dpop": False}).obtain(None, Clock()))
    assert play.asks().request.headers.get("DPoP") is None
