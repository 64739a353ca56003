"""What OAuth 1.0 reads, adds and leaves alone; the signatures themselves are in the published cases."""

from urllib.parse import parse_qsl, unquote

import pytest
from tests.ambients import Clock
from tests.playbook import Playbook

from authwright.message import Place, Request, Response
from authwright.parameters import ParameterError
from authwright.schemes.oauth1 import OAuth1
from authwright.secret import Secret
from authwright.wire.challenge import challenges
from authwright.wire.placement import occupied

FORM = [("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")]
JSON = [("Content-Type", "application/json")]
URL = "https://api.example.com/v1/a%20b?z=1&a=%7e&&flag"


def client(**parameters):
    return OAuth1(**{"consumer_key": "ck", "consumer_secret": Secret("cs")} | parameters)


def signed(scheme, request):
    play = Playbook(scheme.authorize(request, Clock()))
    sent = play.asks().request
    play >> Response(401)
    play.ends()
    return sent


def in_header(sent):
    [found] = challenges(sent.headers, "Authorization")
    return found.parameters


def base_string(scheme, request):
    return next(command.text for command in scheme.authorize(request, Clock()) if hasattr(command, "text"))


@pytest.mark.parametrize(
    ("parameters", "headers", "reads"),
    [
        ({}, FORM, True),
        ({}, JSON, False),
        ({}, [], False),
        ({"body_hash": True}, JSON, True),
        ({"body_hash": True}, [], True),
        ({"body_hash": True, "callback": "oob"}, JSON, False),
        ({"body_hash": True, "verifier": "v"}, JSON, False),
        ({"body_hash": True, "signature_method": "PLAINTEXT"}, JSON, False),
        ({"signature_method": "PLAINTEXT"}, FORM, False),
        ({"signature_method": "PLAINTEXT", "placement": "body"}, FORM, True),
        ({"placement": "body"}, JSON, False),
        ({"placement": "query"}, FORM, True),
    ],
)
def test_a_body_is_read_only_where_it_is_signed_or_written_to(parameters, headers, reads):
    assert client(**parameters).reads_body(Request.of("POST", URL, headers)) is reads


@pytest.mark.parametrize("placement", ["header", "query", "body"])
@pytest.mark.parametrize(("headers", "body"), [(FORM, b"b=%2a&b=+&&c"), (FORM, b""), (FORM, b"a=1&"), (JSON, b"{}"), ([], b"")])
def test_what_was_there_keeps_its_bytes(placement, headers, body):
    request = Request.of("POST", URL, headers, body)
    sent = signed(client(placement=placement), request)
    assert sent.target.startswith(request.target)
    assert sent.body.startswith(body)
    assert sent.headers.fields[: len(headers)] == request.headers.fields
    places = (sent.target != request.target, sent.body != body, "Authorization" in sent.headers)
    into_body = placement == "body" and headers == FORM
    assert places == (placement != "header" and not into_body, into_body, placement == "header")


def test_a_form_gets_its_parameters_at_its_end():
    sent = signed(client(placement="body"), Request.of("POST", URL, FORM, b"a=1&"))
    assert sent.body.startswith(b"a=1&oauth_consumer_key=ck&")
    assert [name for name, _ in parse_qsl(sent.body.decode())].count("oauth_signature") == 1


@pytest.mark.parametrize(
    ("request_", "kept"),
    [
        (Request.of("POST", URL, FORM, b"a=1&oauth_signature=x&oauth%5Fnonce=y&b=2"), b"a=1&b=2"),
        (Request.of("POST", URL, FORM, b"oauth_verifier=v&oauth_token=t"), b"oauth_verifier=v"),
        (Request.of("POST", URL, FORM, b"a=1&&b"), b"a=1&&b"),
    ],
)
def test_a_signature_of_the_clients_own_in_a_form_is_replaced(request_, kept):
    sent = signed(client(), request_)
    assert sent.body == kept
    assert kept.decode().split("&")[0].replace("=", "%3D") in base_string(client(), request_)


def test_a_signature_of_the_clients_own_stands_in_the_header_or_the_query():
    mine = Request.of("GET", URL + "&oauth_signature=x&oauth_callback=oob", [("Authorization", "OAuth x")])
    assert [place for place in client().places if occupied(mine, place)] == [
        Place("header", "Authorization"),
        Place("query", "oauth_signature"),
    ]
    assert Place("query", "oauth_callback") in client(callback="oob").places


@pytest.mark.parametrize(
    ("parameters", "present", "absent"),
    [
        ({}, {"oauth_version": "1.0"}, {"oauth_token", "oauth_callback", "oauth_verifier", "oauth_body_hash", "realm"}),
        ({"include_empty": True}, {"oauth_token": ""}, {"oauth_callback", "oauth_verifier"}),
        ({"version": ""}, {}, {"oauth_version"}),
        ({"version": "", "include_empty": True}, {"oauth_version": ""}, set()),
        ({"callback": "oob", "verifier": "v"}, {"oauth_callback": "oob", "oauth_verifier": "v"}, set()),
        ({"timestamp": "7", "nonce": "mine"}, {"oauth_timestamp": "7", "oauth_nonce": "mine"}, set()),
        ({"realm": 'a "b" \\c'}, {"realm": 'a "b" \\c'}, set()),
    ],
)
def test_what_is_given_is_sent_and_what_is_not_is_made_or_left_out(parameters, present, absent):
    found = in_header(signed(client(**parameters), Request.of("GET", URL)))
    assert present.items() <= found.items()
    assert absent & found.keys() == set()
    assert {"oauth_timestamp", "oauth_nonce", "oauth_signature"} <= found.keys()


@pytest.mark.parametrize(
    ("parameters", "headers", "hashed"),
    [
        ({}, JSON, False),
        ({"body_hash": True}, JSON, True),
        ({"body_hash": True}, FORM, False),
        ({"body_hash": True, "verifier": "v"}, JSON, False),
        ({"body_hash": True, "signature_method": "PLAINTEXT"}, JSON, False),
    ],
)
def test_a_body_hash_is_sent_where_the_draft_wants_one(parameters, headers, hashed):
    found = in_header(signed(client(**parameters), Request.of("POST", URL, headers, b"x")))
    assert ("oauth_body_hash" in found) is hashed


def test_the_header_is_not_encoded_when_the_server_cannot_decode_it():
    request = Request.of("GET", URL)
    assert in_header(signed(client(token="a b=", encode_header=False), request))["oauth_token"] == "a b="
    assert in_header(signed(client(token="a b="), request))["oauth_token"] == "a%20b%3D"


@pytest.mark.parametrize("method", ["PLAINTEXT", "HMAC-SHA256"])
def test_the_signature_is_hidden(method):
    command = Playbook(client(signature_method=method).authorize(Request.of("GET", URL), Clock())).asks()
    [found] = challenges(command.request.headers, "Authorization")
    assert [secret.reveal() for secret in command.hide] == [unquote(found.parameters["oauth_signature"])]


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"consumer_key": ""}, "consumer_key"),
        ({"signature_method": "RSA-SHA1"}, "private_key"),
        ({"signature_method": "RSA-SHA1", "private_key": Secret("no key")}, "private_key"),
    ],
)
def test_what_cannot_sign_is_found_when_it_is_loaded(parameters, name):
    with pytest.raises(ParameterError) as caught:
        client(**parameters)
    assert caught.value.name == name
