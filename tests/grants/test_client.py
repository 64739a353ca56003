"""The parameters that every grant shares: checked at once, and the requests that are made of them."""

import json
from dataclasses import replace

import pytest
from tests.ambients import Clock
from tests.playbook import Playbook

from authwright.errors import AuthwrightError
from authwright.flow.commands import Fetch
from authwright.grants.client import targets_of
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.extra import TokenStep
from authwright.message import Headers, Request, Response
from authwright.parameters import ParameterError
from authwright.secret import Secret

GIVEN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": Secret("s")}
GRANT = ClientCredentials(**GIVEN)


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        ({"token_endpoint": ""}, "token_endpoint"),
        ({"token_endpoint": "http://as.example/token"}, "token_endpoint"),
        ({"token_endpoint": "", "issuer": "http://as.example"}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"client_secret": None}, "client_secret"),
        ({"client_key": Secret("k")}, "client_key"),
        ({"revocation_endpoint": "ftp://as.example"}, "revocation_endpoint"),
    ],
)
def test_parameters_that_cannot_work_are_refused_by_name(changed, parameter):
    with pytest.raises(ParameterError) as caught:
        ClientCredentials(**GIVEN | changed)
    assert caught.value.name == parameter


@pytest.mark.parametrize(
    ("scope", "audience", "resource", "pairs"),
    [
        ((), "", (), ()),
        (("a b", "", "c"), "", (), (("scope", "a b c"),)),
        ((), "api", ("https://a", "https://b"), (("audience", "api"), ("resource", "https://a"), ("resource", "https://b"))),
    ],
)
def test_targets_leave_out_what_is_empty(scope, audience, resource, pairs):
    assert targets_of(scope, audience, resource) == pairs


def test_an_endpoint_that_is_given_costs_no_request():
    assert Playbook(GRANT.endpoint("token_endpoint")).ends() == "https://as.example/token"


def test_an_endpoint_that_is_not_given_is_read_from_the_metadata():
    grant = ClientCredentials(issuer="https://as.example", client_id="id", client_secret=Secret("s"))
    play = Playbook(grant.endpoint("revocation_endpoint"))
    assert play.asks().request.url == "https://as.example/.well-known/openid-configuration"
    metadata = {"issuer": "https://as.example", "revocation_endpoint": "https://as.example/revoke"}
    play >> Response(200, Headers((("Content-Type", "application/json"),)), json.dumps(metadata).encode())
    assert play.ends() == "https://as.example/revoke"


def test_an_endpoint_without_an_issuer_says_what_to_add():
    with pytest.raises(AuthwrightError, match="There is no revocation_endpoint") as caught:
        Playbook(GRANT.endpoint("revocation_endpoint")).ends()
    assert (caught.value.code, caught.value.hint) == ("no_endpoint", "Add revocation_endpoint to the credential, or issuer")


def test_the_key_tells_apart_what_obtains_another_token_and_nothing_else():
    assert replace(GRANT, scope=("a",)).key != GRANT.key
    assert replace(GRANT, revocation_endpoint="https://as.example/revoke").key == GRANT.key


def test_a_server_that_wants_its_nonce_in_a_proof_is_asked_once_more():
    grant = replace(GRANT, dpop=True)
    play = Playbook(grant.obtain(None, Clock()))
    first = play.asks().request
    play >> Response(400, Headers((("DPoP-Nonce", "n1"), ("Content-Type", "application/json"))), b'{"error": "use_dpop_nonce"}')
    second = play.asks().request
    assert (first.body == second.body, first.headers.get("DPoP") == second.headers.get("DPoP")) == (True, False)


def test_a_post_carries_the_clients_own_proof():
    play = Playbook(GRANT.post("https://as.example/revoke", "revocation", (("token", "t"),), TokenStep(), Clock()))
    asked = play.asks()
    assert isinstance(asked, Fetch)
    assert isinstance(asked.request, Request)
    assert (asked.request.headers.get("Authorization"), asked.request.body) == ("Basic aWQ6cw==", b"token=t")
