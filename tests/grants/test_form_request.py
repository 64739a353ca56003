"""A form request, and the redactor that knows every secret in it."""

import base64

import pytest

from authwright.grants.client_auth import ClientAuth
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.extra import NOTHING_MORE, TokenStep
from authwright.grants.form_request import form_request, redactor_of
from authwright.secret import HIDDEN, Secret

ENDPOINT = "https://as.example/token?t=1"
CLIENT = ClientCredentials(token_endpoint="https://as.example/token", client_id="id", client_secret=Secret("cl13nt-secret"))


def test_the_proof_and_the_users_parameters_join_the_form():
    proof = ClientAuth((("Authorization", "Basic x"),), (("client_id", "id"),))
    step = TokenStep(query={"q": "1"}, header={"X-Own": "v"}, body={"b": "2"})
    request = form_request(ENDPOINT, (("grant_type", "g h"),), proof, step)
    assert (request.method, request.url) == ("POST", ENDPOINT + "&q=1")
    assert request.body == b"grant_type=g+h&client_id=id&b=2"
    assert dict(request.headers) == {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Authorization": "Basic x",
        "X-Own": "v",
    }


@pytest.mark.parametrize(
    "echoed",
    [
        "cl13nt-secret",
        base64.b64encode(b"id:cl13nt-secret").decode(),
        "the-code-itself",
        "own-parameter-value",
        "own%2Fheader",
    ],
    ids=["the client's secret", "in Basic", "a code", "a parameter of the user's", "encoded"],
)
def test_what_a_server_may_echo_is_hidden(echoed):
    step = TokenStep(body={"x": "own-parameter-value"}, header={"y": "own/header"})
    redactor = redactor_of(CLIENT, (("code", "the-code-itself"), ("scope", "all-of-it")), step)
    assert redactor.redact(f"bad: {echoed}!") == f"bad: {HIDDEN}!"


@pytest.mark.parametrize("word", ["all-of-it", "true", "id"])
def test_words_that_are_no_secret_stay(word):
    redactor = redactor_of(CLIENT, (("scope", "all-of-it"),), TokenStep(body={"x": "true"}))
    assert redactor.redact(f"bad: {word}!") == f"bad: {word}!"


def test_without_parameters_of_the_user_only_the_client_is_hidden():
    assert redactor_of(CLIENT, (), NOTHING_MORE).redact("cl13nt-secret, fine") == f"{HIDDEN}, fine"
