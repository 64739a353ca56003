"""The client credentials grant as the screenplay of RFC 6749 section 4.4."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import AuthorizationServer, answer
from tests.grants.keys import PEMS
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.flow.commands import Fetch, Note
from authwright.flow.token import Token
from authwright.grants import GRANTS
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.extra import Extra, TokenStep
from authwright.grants.github_app import GitHubApp
from authwright.message import Request
from authwright.parameters import ParameterError
from authwright.secret import Secret

CLOCK = Clock()
PLAIN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": Secret("s3cret value")}
GRANT = ClientCredentials(**PLAIN)
BASIC = ("Authorization", "Basic aWQ6czNjcmV0K3ZhbHVl")
HEAD = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))


def asked(grant, previous=None):
    return Playbook(grant.obtain(previous, CLOCK)).asks().request


def form(request):
    return parse_qsl(request.body.decode("ascii"), keep_blank_values=True)


def test_one_request_gives_a_token():
    play = Playbook(GRANT.obtain(None, CLOCK))
    play << Fetch(Request.of("POST", "https://as.example/token", (*HEAD, BASIC), b"grant_type=client_credentials"))
    play >> answer(access_token="2YotnFZFEjr1zCsicMWpAA", token_type="bearer", expires_in=3600, scope="a b")
    end = CLOCK.now() + timedelta(hours=1)
    assert play.ends() == Token(Secret("2YotnFZFEjr1zCsicMWpAA"), end, CLOCK.now(), None, "bearer", "a b")


def test_the_secret_stands_in_the_body_where_the_server_wants_it_there():
    grant = ClientCredentials(**PLAIN, client_auth="client_secret_post")
    expected = [("grant_type", "client_credentials"), ("client_id", "id"), ("client_secret", "s3cret value")]
    assert (form(asked(grant)), asked(grant).headers.get("Authorization")) == (expected, None)


def test_scope_audience_and_each_resource_are_sent():
    grant = ClientCredentials(
        **PLAIN, scope=("orders.read orders.write", "x"), audience="api", resource=("https://a", "https://b")
    )
    assert form(asked(grant))[1:] == [
        ("scope", "orders.read orders.write x"),
        ("audience", "api"),
        ("resource", "https://a"),
        ("resource", "https://b"),
    ]


def test_the_users_own_parameters_stand_in_place_of_generated_ones():
    step = TokenStep(query={"v": "2", "t": "a b"}, body={"scope": "mine", "x": "1"}, header={"accept": "*/*", "X-Tenant": "t"})
    grant = ClientCredentials(
        **{**PLAIN, "token_endpoint": "https://as.example/token?v=1&k=%2f"}, scope=("s",), extra=Extra(token=step)
    )
    request = asked(grant)
    assert request.target == "/token?k=%2f&v=2&t=a%20b"
    assert form(request) == [("grant_type", "client_credentials"), ("scope", "mine"), ("x", "1")]
    assert request.headers.fields == (HEAD[0], BASIC, ("accept", "*/*"), ("X-Tenant", "t"))


def test_a_refresh_token_that_the_server_gave_is_used_and_kept():
    previous = Token(Secret("old"), refresh_token=Secret("r 1"))
    play = Playbook(ClientCredentials(**PLAIN, scope=("s",)).obtain(previous, CLOCK))
    assert form(play.asks().request) == [("grant_type", "refresh_token"), ("refresh_token", "r 1")]
    play >> answer(access_token="new", token_type="Bearer")
    assert play.ends() == Token(Secret("new"), None, CLOCK.now(), Secret("r 1"))


def test_a_refresh_token_that_has_ended_gives_way_to_the_grant():
    server = AuthorizationServer()
    token = server.run(GRANT.obtain(Token(Secret("old"), refresh_token=Secret("gone")), CLOCK))
    assert (server.grant_types(), token.access_token) == (["refresh_token", "client_credentials"], Secret("access-2"))


def test_a_failing_refresh_is_no_reason_to_ask_for_more():
    play = Playbook(GRANT.obtain(Token(Secret("old"), refresh_token=Secret("r")), CLOCK))
    play.asks()
    with pytest.raises(TokenEndpointError, match="503"):
        (play >> answer(503)).ends()


def test_refresh_false_asks_anew():
    grant = ClientCredentials(**PLAIN, refresh=False)
    assert form(asked(grant, Token(Secret("old"), refresh_token=Secret("r"))))[0] == ("grant_type", "client_credentials")


def test_what_was_read_generously_is_noted():
    play = Playbook(GRANT.obtain(None, CLOCK))
    play.asks()
    play >> answer(access_token="a", expires_in=60)
    play << Note("token response", "token_type is missing: taken as Bearer")
    assert play.ends().token_type == "Bearer"


CHANGES = {
    "token_endpoint": "https://as.example/other",
    "client_id": "other",
    "client_secret": Secret("other"),
    "client_auth": "client_secret_post",
    "scope": ("other",),
    "audience": "other",
    "resource": ("https://other",),
    "refresh": False,
    "issuer": "https://other.example",
    "key_id": "other",
    "dpop": True,
    "extra": Extra(token=TokenStep(body={"other": "1"})),
}


@pytest.mark.parametrize(("name", "value"), CHANGES.items())
def test_every_parameter_makes_another_key(name, value):
    assert replace(GRANT, **{name: value}).key != GRANT.key


def test_equal_parameters_make_the_same_key():
    one, two = (
        ClientCredentials(**PLAIN, extra=Extra(token=TokenStep(body=body)))
        for body in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
    )
    assert one.key == two.key


def test_each_grant_has_a_key_of_its_own():
    more = {
        "username": "u",
        "password": Secret("p"),
        "refresh_token": Secret("r"),
        "authorization_endpoint": "https://as.example/auth",
        "device_authorization_endpoint": "https://as.example/device",
        "assertion": Secret("a"),
        "subject_token": Secret("s"),
        "installation_id": "1",
    }
    every = {**PLAIN, **more}
    given = [{f.name: every[f.name] for f in fields(cls) if f.name in every} for cls in GRANTS.values()]
    made = [
        cls(**(one | {"private_key": Secret(PEMS["rsa"])} if cls is GitHubApp else one))
        for cls, one in zip(GRANTS.values(), given, strict=True)
    ]
    assert len({grant.key for grant in made}) == len(GRANTS)


@pytest.mark.parametrize("name", ["revocation_endpoint", "introspection_endpoint"])
def test_what_does_not_obtain_the_token_is_no_part_of_its_key(name):
    assert replace(GRANT, **{name: "https://as.example/other"}).key == GRANT.key


def test_a_parameter_at_its_default_is_no_part_of_the_key():
    """So a parameter that a new version brings does not part anybody from the tokens of the old one."""
    given = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": {"secret": "s3cret value"}}
    text = json.dumps(["client_credentials", given], sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == GRANT.key


def test_neither_key_nor_repr_shows_a_secret():
    assert "s3cret" not in repr(GRANT) + GRANT.key


def test_a_secret_among_the_users_own_parameters_is_not_shown_either():
    grant = ClientCredentials(**PLAIN, extra=Extra(token=TokenStep(body={"otp": "my-own-secret"})))
    play = Playbook(grant.obtain(None, CLOCK))
    play.asks()
    with pytest.raises(TokenEndpointError, match="“<hidden> is wrong”"):
        (play >> answer(400, error="invalid_request", error_description="my-own-secret is wrong")).ends()
    assert "my-own-secret" not in repr(grant)


REFUSED = [
    ({"token_endpoint": "http://as.example/token"}, "token_endpoint", "plain http"),
    ({"token_endpoint": "http://localhost.evil.example/token"}, "token_endpoint", "plain http"),
    ({"token_endpoint": "as.example/token"}, "token_endpoint", "no URL"),
    ({"token_endpoint": "ftp://as.example/token"}, "token_endpoint", "no URL"),
    ({"token_endpoint": "https://as.example/token#x"}, "token_endpoint", "fragment"),
    ({"token_endpoint": "https://u:p@as.example/token"}, "token_endpoint", "user information"),
    ({"token_endpoint": ""}, "token_endpoint", "Neither token_endpoint nor issuer"),
    ({"token_endpoint": "", "issuer": "http://as.example"}, "issuer", "plain http"),
    ({"revocation_endpoint": "http://as.example/revoke"}, "revocation_endpoint", "plain http"),
    ({"client_id": ""}, "client_id", "empty"),
    ({"client_secret": None}, "client_secret", "needs a client_secret"),
    ({"client_auth": "none"}, "client_secret", "sends no client_secret"),
]


@pytest.mark.parametrize(("given", "field", "sentence"), REFUSED)
def test_parameters_that_cannot_be_are_refused_with_a_hint(given, field, sentence):
    with pytest.raises(ParameterError, match=sentence) as caught:
        ClientCredentials(**{**PLAIN, **given})
    assert (caught.value.name, bool(caught.value.hint)) == (field, True)


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:9", "127.1", "idp.localhost"])
def test_plain_http_may_go_to_this_machine(host):
    assert ClientCredentials(**{**PLAIN, "token_endpoint": f"http://{host}/token"}).token_endpoint == f"http://{host}/token"


def test_an_empty_secret_is_a_secret():
    assert asked(ClientCredentials(**{**PLAIN, "client_secret": Secret("")})).headers.get("Authorization") == "Basic aWQ6"


@pytest.mark.parametrize(
    "header",
    [
        {"X A": "1"},
        {"": "1"},
        {"X:": "1"},
        {"X-A": "a\r\nB: c"},
        {"X-A": "a\0"},
        {"X-A": " a"},
        {"Host": "evil.example"},
        {"Content-Length": "0"},
        {"transfer-encoding": "chunked"},
        {"Connection": "authorization"},
        {"Proxy-Authorization": "x"},
    ],
)
def test_a_header_that_would_break_the_message_is_refused(header):
    with pytest.raises(ParameterError) as caught:
        TokenStep(header=header)
    assert caught.value.name == "header"
