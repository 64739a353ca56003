"""An access token on a request, written as the screenplay of RFC 6750."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import ClassVar

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.ambients import Clock, Remembering
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.flow.bases import GrantBase
from authwright.flow.commands import Forward, GetToken
from authwright.flow.token import Token
from authwright.grants.client_credentials import ClientCredentials
from authwright.message import Headers, Request, Response
from authwright.parameters import ParameterError
from authwright.schemes.oauth2 import OAuth2
from authwright.secret import Secret
from authwright.wire import dpop


@dataclass(frozen=True)
class AnyGrant(GrantBase):
    grant: ClassVar[str] = "any"
    key: str = "k"
    authorization_server: str = "https://as.example/token"


GRANT = AnyGrant()
GET = Request.of("GET", "https://api.example/things?x=1")
OLD, NEW = Token(Secret("old")), Token(Secret("new"))


def bearing(value):
    return GET.with_header("Authorization", f"Bearer {value}")


def test_a_token_is_presented():
    play = Playbook(OAuth2(grant=GRANT).authorize(GET, None))
    play << GetToken(GRANT) >> OLD << Forward(bearing("old")) >> Response(200)
    play.ends()


def test_a_rejected_token_is_replaced_once():
    play = Playbook(OAuth2(grant=GRANT).authorize(GET, None))
    play << GetToken(GRANT) >> OLD << Forward(bearing("old")) >> Response(401)
    play << GetToken(GRANT, rejected=OLD) >> NEW << Forward(bearing("new")) >> Response(401)
    play.ends()


@pytest.mark.parametrize("status", [200, 302, 400, 403, 407, 500])
def test_no_other_answer_costs_a_token(status):
    play = Playbook(OAuth2(grant=GRANT).authorize(GET, None))
    play << GetToken(GRANT) >> OLD << Forward(bearing("old")) >> Response(status)
    play.ends()


def test_without_retry_the_answer_is_the_clients():
    play = Playbook(OAuth2(grant=GRANT, retry=False).authorize(GET, None))
    play << GetToken(GRANT) >> OLD << Forward(bearing("old")) >> Response(401)
    play.ends()


@pytest.mark.parametrize(
    ("parameters", "placed"),
    [
        ({"prefix": "Token"}, GET.with_header("Authorization", "Token old")),
        ({"prefix": ""}, GET.with_header("Authorization", "old")),
        ({"placement": "query"}, GET.with_target("/things?x=1&access_token=old")),
        ({"placement": "query", "query_name": "x"}, GET.with_target("/things?x=old")),
    ],
)
def test_it_goes_where_the_configuration_says(parameters, placed):
    play = Playbook(OAuth2(grant=GRANT, **parameters).authorize(GET, None))
    play << GetToken(GRANT) >> OLD << Forward(placed)


def test_the_id_token_is_presented_instead():
    play = Playbook(OAuth2(grant=GRANT, use="id_token").authorize(GET, None))
    play << GetToken(GRANT) >> Token(Secret("at"), id_token=Secret("id")) << Forward(bearing("id"))


def test_a_missing_id_token_is_the_token_endpoints_fault():
    flow = OAuth2(grant=GRANT, use="id_token").authorize(GET, None)
    next(flow)
    with pytest.raises(TokenEndpointError) as caught:
        flow.send(OLD)
    assert "scope: openid" in caught.value.hint


# -- tokens that are bound to a key (RFC 9449 section 7)

KEY = dpop.new_key(Clock())
BOUND = Token(Secret("bound"), token_type="DPoP", dpop_key=KEY)
NONCE = Response(401, Headers.of([("WWW-Authenticate", 'DPoP error="use_dpop_nonce"'), ("DPoP-Nonce", "n1")]))


def proven(command):
    """How a forwarded request presents its token, and the claims of its proof."""
    request = command.request
    public = ECKey.import_key({name: value for name, value in json.loads(KEY.reveal()).items() if name != "d"})
    (value,) = request.headers.get_all("DPoP")
    return request.headers.get("Authorization"), jwt.decode(value, public, algorithms=["ES256"]).claims


def test_a_bound_token_goes_with_a_proof_of_its_own_request():
    play = Playbook(OAuth2(grant=GRANT).authorize(GET, Remembering()))
    play << GetToken(GRANT) >> BOUND
    presented, claims = proven(play.asks())
    ath = base64.urlsafe_b64encode(hashlib.sha256(b"bound").digest()).rstrip(b"=").decode()
    assert presented == "DPoP bound"
    assert claims == {"jti": "n0nce", "htm": "GET", "htu": "https://api.example/things", "iat": 1767268800, "ath": ath}
    (play >> Response(200)).ends()


def test_the_apis_nonce_is_put_into_a_second_proof_and_kept():
    ambient = Remembering()
    for nonces in ([None, "n1"], ["n1"]):
        play = Playbook(OAuth2(grant=GRANT).authorize(GET, ambient))
        play << GetToken(GRANT) >> BOUND
        for nonce in nonces:
            assert proven(play.asks())[1].get("nonce") == nonce
            play >> (NONCE if nonce is None else Response(200))
        play.ends()


def test_a_nonce_that_comes_with_any_answer_is_used_from_then_on():
    ambient = Remembering()
    for nonce, following in ((None, "n2"), ("n2", "n3"), ("n3", None)):
        play = Playbook(OAuth2(grant=GRANT).authorize(GET, ambient))
        play << GetToken(GRANT) >> BOUND
        assert proven(play.asks())[1].get("nonce") == nonce
        (play >> Response(200, Headers.of([("DPoP-Nonce", following)] if following else []))).ends()


def test_the_same_nonce_again_is_no_reason_to_go_on():
    ambient = Remembering()
    play = Playbook(OAuth2(grant=GRANT).authorize(GET, ambient))
    play << GetToken(GRANT) >> BOUND
    play.asks()
    (play >> NONCE).asks()
    play >> NONCE << GetToken(GRANT, rejected=BOUND)


def test_a_bound_token_that_was_refused_is_replaced():
    play = Playbook(OAuth2(grant=GRANT).authorize(GET, Remembering()))
    play << GetToken(GRANT) >> BOUND
    play.asks()
    play >> Response(401) << GetToken(GRANT, rejected=BOUND) >> OLD << Forward(bearing("old")) >> Response(200)
    play.ends()


@pytest.mark.parametrize(("given", "name"), [({"placement": "query"}, "placement"), ({"use": "id_token"}, "use")])
def test_a_bound_token_goes_into_the_header_alone(given, name):
    grant = ClientCredentials(token_endpoint="https://as.example/t", client_id="id", client_secret=Secret("s"), dpop=True)
    with pytest.raises(ParameterError) as caught:
        OAuth2(grant=grant, **given)
    assert caught.value.name == name


def test_a_clients_own_proof_is_taken_away():
    grant = ClientCredentials(token_endpoint="https://as.example/t", client_id="id", client_secret=Secret("s"), dpop=True)
    assert [place.name for place in OAuth2(grant=grant).places] == ["Authorization", "DPoP"]
