"""Endpoints from an issuer's metadata (OpenID Connect Discovery, RFC 8414)."""

import json
from datetime import timedelta

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import answer
from tests.grants.keys import CERTIFICATE
from tests.playbook import Playbook

from authwright.errors import AuthwrightError, TokenEndpointError
from authwright.flow.commands import Fetch
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.discovery import metadata, well_known
from authwright.message import Request, Response
from authwright.secret import Secret

ISSUER = "https://idp.example/tenant"
CLIENT = {"issuer": ISSUER, "client_id": "id", "client_secret": Secret("s3cret")}
FOUND = {"issuer": ISSUER, "token_endpoint": "https://login.example/token"}


def asked(url):
    return Fetch(Request.of("GET", url, (("Accept", "application/json"),)), max_age=timedelta(hours=1))


FIRST, SECOND = map(asked, well_known(ISSUER))


@pytest.mark.parametrize(
    ("issuer", "urls"),
    [
        (
            "https://idp.example",
            (
                "https://idp.example/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server",
            ),
        ),
        (
            "https://idp.example/a/b/",
            (
                "https://idp.example/a/b/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server/a/b",
            ),
        ),
    ],
)
def test_the_metadata_is_where_each_standard_says(issuer, urls):
    assert well_known(issuer) == urls


def test_the_token_endpoint_is_looked_up_before_it_is_asked():
    play = Playbook(ClientCredentials(**CLIENT).obtain(None, Clock()))
    play << FIRST >> answer(**FOUND)
    request = play.asks().request
    assert (request.method, request.url) == ("POST", "https://login.example/token")


@pytest.mark.parametrize("nothing", [answer(404), answer(401), answer(200), Response(200, body=b"<html>"), answer(302)])
def test_what_is_not_in_one_place_is_looked_for_in_the_other(nothing):
    nothing = Response(nothing.status, nothing.headers, b"[]") if nothing.status == 200 else nothing
    play = Playbook(metadata(ISSUER))
    play << FIRST >> nothing << SECOND >> answer(**FOUND)
    assert play.ends() == FOUND


def test_an_endpoint_that_is_given_wins():
    grant = ClientCredentials(**CLIENT, token_endpoint="https://mine.example/token")
    assert Playbook(grant.obtain(None, Clock())).asks().request.url == "https://mine.example/token"


@pytest.mark.parametrize(
    ("certificate", "url"), [("", "https://login.example/token"), (CERTIFICATE, "https://mtls.example/token")]
)
def test_a_client_with_a_certificate_goes_where_it_is_asked_for_one(certificate, url):
    aliases = {"token_endpoint": "https://mtls.example/token"}
    play = Playbook(ClientCredentials(**CLIENT, client_certificate=certificate).obtain(None, Clock()))
    play << FIRST >> answer(**FOUND, mtls_endpoint_aliases=aliases)
    assert play.asks().request.url == url


def refused(*answers):
    play = Playbook(ClientCredentials(**CLIENT).obtain(None, Clock()))
    for command, given in zip((FIRST, SECOND), answers, strict=False):
        play << command >> given
    with pytest.raises(TokenEndpointError) as caught:
        play.asks()
    return caught.value


REFUSED = [
    ((answer(issuer="https://evil.example", token_endpoint="https://evil.example/t"),), "is that of https://evil.example"),
    ((answer(token_endpoint="https://evil.example/t"),), "names no issuer"),
    ((answer(issuer=ISSUER),), "names no token_endpoint"),
    ((answer(issuer=ISSUER, token_endpoint=7),), "names no token_endpoint"),
    ((answer(issuer=ISSUER, token_endpoint="http://login.example/token"),), "plain http"),
    ((answer(issuer=ISSUER, token_endpoint="javascript:alert(1)"),), "no URL of an endpoint"),
    ((answer(404), answer(404)), "There is no metadata of https://idp.example/tenant"),
    ((answer(404), Response(200, body=b"<html>")), "it is not JSON"),
]


@pytest.mark.parametrize(("answers", "sentence"), REFUSED)
def test_metadata_that_cannot_be_trusted_is_refused_in_one_sentence(answers, sentence):
    error = refused(*answers)
    assert (error.code, sentence in error.message, bool(error.hint)) == ("discovery_failed", True, True)


def test_a_slash_too_few_is_what_the_hint_says():
    assert refused(answer(issuer=ISSUER + "/", token_endpoint="https://x.example/")).hint == f"Write issuer: {ISSUER}/"


def test_a_server_that_is_down_is_another_matter():
    error = refused(answer(503))
    assert (error.code, error.hint) == ("token_endpoint_unavailable", "Try again later")


def test_what_the_metadata_says_cannot_reach_the_terminal():
    error = refused(answer(issuer="https://evil.example/\x1b[2J\n" + "x" * 500))
    assert "\x1b" not in json.dumps(error.message, ensure_ascii=False)
    assert len(error.message) < 400


def test_without_issuer_an_endpoint_must_be_given():
    grant = ClientCredentials(token_endpoint="https://as.example/t", client_id="id", client_secret=Secret("s"))
    with pytest.raises(AuthwrightError) as caught:
        next(grant.endpoint("revocation_endpoint"))
    assert (caught.value.code, "revocation_endpoint" in caught.value.hint) == ("no_endpoint", True)
