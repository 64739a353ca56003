"""The JWT bearer grant as the screenplay of RFC 7523 section 2.1; its assertions are read by joserfc."""

import json
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import import_key
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.grants.keys import KEYS, PEMS
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.grants.jwt_bearer import GRANT_TYPE, JwtBearer
from authwright.parameters import ParameterError
from authwright.secret import Secret

ENDPOINT = "https://as.example/token"
KEY = Secret(PEMS["p256"])
MADE = {"token_endpoint": ENDPOINT, "issuer": "robot", "private_key": KEY}
NOW = int(Clock().now().timestamp())
FILE = {
    "type": "service_account",
    "client_email": "robot@project.iam.gserviceaccount.com",
    "private_key": PEMS["rsa"],
    "private_key_id": "k1",
    "token_uri": "https://oauth2.googleapis.com/token",
}


def account(**changed):
    members = {name: value for name, value in (FILE | changed).items() if value is not None}
    return Secret(json.dumps(members))


def form(grant):
    request = Playbook(grant.obtain(None, Clock())).asks().request
    return request, {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def asserted(grant, key="p256", algorithm="ES256"):
    _, sent = form(grant)
    token = jwt.decode(sent["assertion"], import_key(PEMS[key], KEYS[key]), algorithms=[algorithm])
    return token.header, token.claims


def test_an_assertion_obtains_a_token():
    play = Playbook(JwtBearer(**MADE).obtain(None, Clock()))
    sent = parse_qs(play.asks().request.body.decode())
    play >> answer(access_token="a", token_type="Bearer", expires_in=60)
    assert (sent["grant_type"], play.ends().access_token) == ([GRANT_TYPE], Secret("a"))


def test_an_assertion_says_who_for_whom_and_until_when():
    header, claims = asserted(JwtBearer(**MADE, subject="alice", key_id="k", lifetime=timedelta(minutes=1)))
    assert header == {"typ": "JWT", "alg": "ES256", "kid": "k"}
    assert claims == {"iss": "robot", "sub": "alice", "aud": ENDPOINT, "iat": NOW, "exp": NOW + 60, "jti": "n0nce"}


def test_the_users_claims_win():
    _, claims = asserted(JwtBearer(**MADE, claims={"aud": "https://login.example", "box_sub_type": "enterprise"}))
    assert (claims["aud"], claims["box_sub_type"], "sub" in claims) == ("https://login.example", "enterprise", False)


def test_scope_stands_beside_an_assertion_of_ones_own():
    _, sent = form(JwtBearer(**MADE, scope=("a", "b")))
    assert sent["scope"] == "a b"


def test_a_given_assertion_is_sent_as_it_is():
    request, sent = form(JwtBearer(token_endpoint=ENDPOINT, assertion=Secret("h.p.s")))
    assert (sent, request.headers.get("Authorization")) == ({"grant_type": GRANT_TYPE, "assertion": "h.p.s"}, None)


def test_a_client_may_prove_itself_beside_the_assertion():
    """As Box wants it: the client is the issuer, too."""
    grant = JwtBearer(
        token_endpoint=ENDPOINT, client_id="id", client_secret=Secret("s"), client_auth="client_secret_post", private_key=KEY
    )
    _, sent = form(grant)
    assert (sent["client_id"], sent["client_secret"], asserted(grant)[1]["iss"]) == ("id", "s", "id")


def test_a_service_account_says_it_all():
    grant = JwtBearer(service_account=account(), scope=("https://www.googleapis.com/auth/drive",), subject="alice@example.com")
    request, sent = form(grant)
    header, claims = asserted(grant, "rsa", "RS256")
    assert (request.url, sorted(sent)) == (FILE["token_uri"], ["assertion", "grant_type"])
    assert header == {"typ": "JWT", "alg": "RS256", "kid": "k1"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == (FILE["client_email"], FILE["token_uri"], "alice@example.com")
    assert claims["scope"] == "https://www.googleapis.com/auth/drive"


def test_a_service_account_asks_for_an_id_token_by_a_claim_and_takes_it_as_the_token():
    play = Playbook(JwtBearer(service_account=account(), claims={"target_audience": "https://run.example"}).obtain(None, Clock()))
    play.asks()
    token = (play >> answer(id_token="h.p.s")).ends()
    assert (token.access_token, token.id_token) == (Secret("h.p.s"), Secret("h.p.s"))


def test_the_endpoint_that_is_given_wins_over_the_files():
    assert form(JwtBearer(service_account=account(), token_endpoint=ENDPOINT))[0].url == ENDPOINT


def test_an_issuer_without_an_endpoint_is_the_servers():
    grant = JwtBearer(issuer="https://idp.example", client_id="id", client_auth="none", private_key=KEY)
    assert Playbook(grant.obtain(None, Clock())).asks().request.url.startswith("https://idp.example/.well-known/")


def test_a_refresh_token_that_the_server_gave_is_used():
    play = Playbook(JwtBearer(**MADE).obtain(Token(Secret("old"), refresh_token=Secret("r")), Clock()))
    assert b"grant_type=refresh_token" in play.asks().request.body


def test_a_refused_assertion_says_what_to_check_and_shows_none_of_it():
    play = Playbook(JwtBearer(token_endpoint=ENDPOINT, assertion=Secret("header.payload.s1gnature")).obtain(None, Clock()))
    play.asks()
    with pytest.raises(TokenEndpointError) as caught:
        (play >> answer(400, error="invalid_grant", error_description="header.payload.s1gnature is bad")).ends()
    assert ("s1gnature" in caught.value.message, "clock" in caught.value.hint) == (False, True)


REFUSED = [
    ({"token_endpoint": ENDPOINT}, "assertion", "nothing to make an assertion of"),
    ({**MADE, "assertion": Secret("a")}, "assertion", "one is enough"),
    ({**MADE, "service_account": account()}, "service_account", "one is enough"),
    ({**MADE, "issuer": ""}, "issuer", "no issuer"),
    ({**MADE, "token_endpoint": "", "issuer": ""}, "token_endpoint", "Neither token_endpoint nor issuer"),
    ({**MADE, "private_key": Secret("x")}, "private_key", "not a private key"),
    ({**MADE, "lifetime": timedelta(0)}, "lifetime", "longer than nothing"),
    ({**MADE, "client_secret": Secret("s")}, "client_secret", "no client_id"),
    ({"token_endpoint": ENDPOINT, "assertion": Secret("a"), "subject": "x"}, "subject", "does not change"),
    ({"service_account": Secret("nothing")}, "service_account", "not a JSON file"),
    ({"service_account": account(type="authorized_user")}, "service_account", "for grant: refresh_token"),
    ({"service_account": account(client_email=None)}, "service_account", "has no client_email"),
    ({"service_account": account(private_key="x")}, "service_account", "not a private key"),
    ({"service_account": account(token_uri="http://evil.example")}, "service_account", "plain http"),
]


@pytest.mark.parametrize(("given", "name", "sentence"), REFUSED)
def test_what_makes_no_assertion_gets_one_sentence(given, name, sentence):
    with pytest.raises(ParameterError) as caught:
        JwtBearer(**given)
    assert (caught.value.name, sentence in caught.value.message, bool(caught.value.hint)) == (name, True, True), caught.value


def test_no_key_is_in_a_repr():
    assert "PRIVATE" not in repr(JwtBearer(service_account=account())) + repr(JwtBearer(**MADE))
