"""An ``iss`` that is not the issuer of the page the person was sent to ends the sign-in (RFC 9207, mix-up)."""

import pytest
from tests.ambients import Clock
from tests.grants.authorization_server import answer

from authwright.errors import RemoteError, TransportError
from authwright.flow.commands import Authorize, Fetch, Listen
from authwright.grants.authorization_code import AuthorizationCode
from authwright.grants.implicit import Implicit
from authwright.message import Response

AS = "https://as.example"
TENANT = f"{AS}/oauth2/default"
OIDC, OAUTH = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"
ROOT = {"issuer": AS, "authorization_endpoint": f"{AS}/authorize"}
ENDPOINTS = {"authorization_endpoint": f"{AS}/authorize?tenant=1", "token_endpoint": f"{AS}/token"}
CODE = AuthorizationCode(**ENDPOINTS, client_id="id", client_auth="none")
IMPLICIT = Implicit(authorization_endpoint=ENDPOINTS["authorization_endpoint"], client_id="id")


def signed_in(grant, iss, published):
    """The URLs that were asked after the redirect that says *iss*; *published* are the metadata by URL."""
    flow, reply, asked = grant.sign_in(Clock()), None, []
    try:
        while True:
            match flow.send(reply):
                case Listen():
                    reply = "http://127.0.0.1:4000/callback"
                case Authorize():
                    reply = {"state": "nonce", "code": "c", "access_token": "a", "token_type": "Bearer"}
                    reply |= {} if iss is None else {"iss": iss}
                case Fetch(request):
                    asked.append(f"{request.origin}{request.target}")
                    found = published.get(asked[-1], Response(404))
                    if isinstance(found, Exception):
                        reply = flow.throw(found)  # as the driver does
                    reply = answer(**found) if isinstance(found, dict) else found
                    if request.method == "POST":
                        reply = answer(access_token="a", token_type="Bearer")
                case _:
                    reply = None
    except StopIteration:
        return asked


@pytest.mark.parametrize("grant", [CODE, IMPLICIT], ids=["code", "implicit"])
@pytest.mark.parametrize(
    ("iss", "published"),
    [
        ("https://evil.example", {AS + OIDC: ROOT}),
        ("https://evil.example", {AS + OAUTH: ROOT}),
        ("https://evil.example", {"https://evil.example" + OIDC: ROOT | {"issuer": "https://evil.example"}}),
        ("https://evil.example", {}),
        (f"{AS}.evil.example", {AS + OIDC: ROOT}),
        (f"{AS}/evil", {AS + OIDC: ROOT}),
        (f"{AS}/evil", {f"{AS}/evil{OIDC}": ROOT}),
        (f"{AS}/", {AS + OIDC: ROOT}),
        (f"{AS}?x", {AS + OIDC: ROOT}),
        ("http://as.example", {AS + OIDC: ROOT}),
        ("https://user:pw@as.example", {AS + OIDC: ROOT}),
        ("no url", {}),
        ("", {}),
    ],
)
def test_the_code_of_another_issuer_is_not_sent_anywhere(grant, iss, published):
    with pytest.raises(RemoteError) as caught:
        signed_in(grant, iss, published)
    assert caught.value.code == "wrong_issuer"


@pytest.mark.parametrize(
    ("iss", "published"),
    [
        (None, {}),
        (AS, {AS + OIDC: ROOT}),
        (AS, {AS + OAUTH: ROOT}),
        (AS, {}),
        (AS, {AS + OIDC: Response(503)}),
        (AS, {AS + OIDC: Response(200, body=b"<html>")}),
        (TENANT, {TENANT + OIDC: ROOT | {"issuer": TENANT}, AS + OIDC: ROOT | {"authorization_endpoint": f"{AS}/other"}}),
        (TENANT, {}),
        ("https://accounts.example", {AS + OIDC: ROOT | {"issuer": "https://accounts.example"}}),
    ],
)
def test_the_code_of_the_pages_own_issuer_is_exchanged(iss, published):
    asked = signed_in(CODE, iss, published)
    assert asked[-1] == f"{AS}/token"
    assert all(url.startswith(f"{AS}/") for url in asked), "no other server than the person's own was asked"
    assert iss is not None or len(asked) == 1


def test_a_server_whose_metadata_cannot_be_reached_vouches_for_nobody_else():
    gone = {AS + OIDC: TransportError("it is down")}
    with pytest.raises(RemoteError, match="iss is https://evil"):
        signed_in(CODE, "https://evil.example", gone)
