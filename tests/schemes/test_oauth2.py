"""An access token on a request, written as the screenplay of RFC 6750."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.flow import Forward, GetToken, Token
from authwright.message import Request, Response
from authwright.schemes.oauth2 import OAuth2
from authwright.secret import Secret


@dataclass(frozen=True)
class AnyGrant:
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
