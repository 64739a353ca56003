"""Token exchange as the screenplay of RFC 8693 section 2, and chains of credentials."""

from urllib.parse import parse_qsl

import pytest
from tests.ambients import Clock
from tests.configurations import Vending
from tests.grants.authorization_server import answer
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.flow.commands import GetToken
from authwright.flow.protocols import SourceCredential
from authwright.flow.token import Token
from authwright.grants.token_exchange import ACCESS_TOKEN, GRANT_TYPE, TOKEN_TYPE, TokenExchange
from authwright.parameters import ParameterError
from authwright.secret import Secret

PLAIN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_auth": "none"}
LOGIN = SourceCredential("login", Vending())
CHAINED = TokenExchange(**PLAIN, source_credential=LOGIN)
OLD, NEW = Token(Secret("old"), id_token=Secret("id-of-old")), Token(Secret("new"))
ISSUED = {"access_token": "issued", "issued_token_type": ACCESS_TOKEN}


def form(command):
    return parse_qsl(command.request.body.decode())


def test_a_given_token_is_exchanged():
    grant = TokenExchange(
        **PLAIN,
        subject_token=Secret("s"),
        actor_token=Secret("a"),
        requested_token_type=TOKEN_TYPE + "jwt",
        audience="api",
        resource=("https://one", "https://two"),
        scope=("x",),
    )
    play = Playbook(grant.obtain(None, Clock()))
    assert form(play.asks()) == [
        ("grant_type", GRANT_TYPE),
        ("subject_token", "s"),
        ("subject_token_type", ACCESS_TOKEN),
        ("actor_token", "a"),
        ("actor_token_type", ACCESS_TOKEN),
        ("requested_token_type", TOKEN_TYPE + "jwt"),
        ("scope", "x"),
        ("audience", "api"),
        ("resource", "https://one"),
        ("resource", "https://two"),
        ("client_id", "id"),
    ]
    assert (play >> answer(**ISSUED, token_type="Bearer")).ends().access_token == Secret("issued")


def test_another_credentials_token_is_exchanged():
    play = Playbook(CHAINED.obtain(None, Clock()))
    play << GetToken(LOGIN.grant, credential="login") >> OLD
    assert ("subject_token", "old") in form(play.asks())


def test_its_id_token_is_where_the_type_says_so():
    grant = TokenExchange(**PLAIN, source_credential=LOGIN, subject_token_type=TOKEN_TYPE + "id_token")
    play = Playbook(grant.obtain(None, Clock()))
    play << GetToken(LOGIN.grant, credential="login") >> OLD
    assert ("subject_token", "id-of-old") in form(play.asks())


def test_a_missing_id_token_says_how_to_get_one():
    grant = TokenExchange(**PLAIN, source_credential=LOGIN, subject_token_type=TOKEN_TYPE + "id_token")
    play = Playbook(grant.obtain(None, Clock()))
    play << GetToken(LOGIN.grant, credential="login") >> NEW
    with pytest.raises(TokenEndpointError, match="without an ID token"):
        play.asks()


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_request"])
def test_a_subject_that_is_no_longer_good_is_replaced_once(error):
    play = Playbook(CHAINED.obtain(None, Clock()))
    play << GetToken(LOGIN.grant, credential="login") >> OLD
    play.asks()
    play >> answer(400, error=error) << GetToken(LOGIN.grant, rejected=OLD, credential="login") >> NEW
    assert ("subject_token", "new") in form(play.asks())
    with pytest.raises(TokenEndpointError, match=error):
        (play >> answer(400, error=error)).asks()


def test_another_refusal_costs_no_new_subject():
    play = Playbook(CHAINED.obtain(None, Clock()))
    play << GetToken(LOGIN.grant, credential="login") >> OLD
    play.asks()
    with pytest.raises(TokenEndpointError, match="invalid_target"):
        (play >> answer(400, error="invalid_target")).asks()


def test_an_issued_token_need_not_be_an_access_token():
    play = Playbook(TokenExchange(**PLAIN, subject_token=Secret("s")).obtain(None, Clock()))
    play.asks()
    assert (play >> answer(**ISSUED, token_type="N_A")).ends().access_token == Secret("issued")


def test_a_client_is_not_always_wanted():
    play = Playbook(TokenExchange(token_endpoint=PLAIN["token_endpoint"], subject_token=Secret("s")).obtain(None, Clock()))
    request = play.asks().request
    assert (request.headers.get("Authorization"), b"client_id" in request.body) == (None, False)


def test_a_token_is_kept_apart_by_whose_it_was():
    other = SourceCredential("login", Vending(key="another user"))
    assert TokenExchange(**PLAIN, source_credential=other).key != CHAINED.key
    assert TokenExchange(**PLAIN, source_credential=SourceCredential("renamed", Vending())).key == CHAINED.key


@pytest.mark.parametrize("given", [{}, {"subject_token": Secret("s"), "source_credential": LOGIN}])
def test_there_is_one_token_to_exchange(given):
    with pytest.raises(ParameterError, match="token"):
        TokenExchange(**PLAIN, **given)
