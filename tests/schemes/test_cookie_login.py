"""Signing in with a form, as the login pages of common frameworks want it."""

import pytest
from tests.ambients import NOON, Clock
from tests.playbook import Playbook

from authwright.errors import TokenEndpointError
from authwright.flow.commands import Fetch
from authwright.message import Headers, Request, Response
from authwright.parameters import ParameterError
from authwright.schemes.cookie_login import Csrf, Login
from authwright.schemes.cookie_source import FromLogin, jar_of
from authwright.secret import Secret
from authwright.wire.cookie_jar import Jar

URL = "https://app.example.com/login"
FORM = {"user": "me", "password": "s3cr3t pass&"}
PAGE = b'<form><input type=hidden name="csrf" value="t&amp;k"><meta name=tok content=abc></form>'
SET = ("Set-Cookie", "sid=1; Path=/; HttpOnly")


def answer(status=302, *fields, body=b""):
    return Response(status, Headers.of(fields), body)


def form(body, **headers):
    head = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "*/*"), *headers.items())
    return Request.of("POST", URL, head, body)


PAGE_REQUEST = Request.of("GET", URL, [("Accept", "text/html, application/json, */*")])


def play(login, names=()):
    return Playbook(login.sign_in(Jar(), names, NOON))


def names_in(jar):
    return [f"{one.name}={one.value}" for one in jar.cookies]


def test_one_request_obtains_the_cookie():
    playing = play(Login(url=URL, form=FORM))
    playing << Fetch(form(b"user=me&password=s3cr3t+pass%26")) >> answer(302, SET, ("Location", "/home"))
    assert names_in(playing.ends()) == ["sid=1"]


def test_json_is_sent_as_json():
    playing = play(Login(url=URL, json={"user": "me", "remember": True}))
    head = [("Content-Type", "application/json"), ("Accept", "*/*")]
    playing << Fetch(Request.of("POST", URL, head, b'{"user": "me", "remember": true}')) >> answer(200, SET)
    assert names_in(playing.ends()) == ["sid=1"]


def test_a_get_carries_its_fields_in_the_query():
    playing = play(Login(url=URL + "?a=1", method="GET", form={"k": "v"}))
    playing << Fetch(Request.of("GET", URL + "?a=1&k=v", [("Accept", "*/*")])) >> answer(200, SET)
    playing.ends()


@pytest.mark.parametrize(
    ("csrf", "sent"),
    [
        (Csrf(field="csrf"), form(b"user=me&csrf=t%26k", Cookie="pre=p%3D")),
        (Csrf(field="tok", header="X-CSRF-Token"), form(b"user=me", **{"X-CSRF-Token": "abc", "Cookie": "pre=p%3D"})),
        (Csrf(cookie="pre", send_as="_token"), form(b"user=me&_token=p%3D", Cookie="pre=p%3D")),
    ],
    ids=["hidden field", "meta element in a header", "double submit"],
)
def test_a_csrf_token_is_read_first_and_sent_with_the_pages_cookie(csrf, sent):
    playing = play(Login(url=URL, form={"user": "me"}, csrf=csrf))
    playing << Fetch(PAGE_REQUEST) >> answer(200, ("Set-Cookie", "pre=p%3D"), body=PAGE) << Fetch(sent) >> answer(302, SET)
    assert names_in(playing.ends()) == ["pre=p%3D", "sid=1"]


def test_other_cookies_of_the_jar_stay():
    source = FromLogin(scope="s", jar=Secret(""), login=Login(url=URL, form=FORM), names=("sid",))
    before = Jar().after(["theme=dark; Path=/", "sid=0; Path=/"], Request.of("GET", URL), NOON)
    from authwright.flow.token import Token

    previous = Token(Secret("first"), cookies=Secret(before.to_json()))
    playing = Playbook(source.obtain(previous, Clock()))
    asked = playing.asks()
    assert "Cookie" not in asked.request.headers
    token = (playing >> answer(302, SET)).ends()
    assert (names_in(jar_of(token)), token.expires_at) == (["theme=dark", "sid=1"], None)


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        (answer(401), "The login at https://app.example.com/login answered 401 and refused."),
        (
            answer(302, SET, ("Location", "/login?error=1")),
            "The login at https://app.example.com/login answered 302 and sent back to /login.",
        ),
        (answer(200), "The login at https://app.example.com/login answered 200 without setting the cookie sid."),
        (
            answer(200, ("Set-Cookie", "other=1")),
            "The login at https://app.example.com/login answered 200 without setting the cookie sid.",
        ),
        (
            answer(302, ("Set-Cookie", "sid=; Max-Age=0")),
            "The login at https://app.example.com/login answered 302 without setting the cookie sid.",
        ),
    ],
)
def test_a_login_that_fails_says_how(response, sentence):
    playing = play(Login(url=URL, form=FORM), ("sid",))
    playing << Fetch(form(b"user=me&password=s3cr3t+pass%26")) >> response
    with pytest.raises(TokenEndpointError) as caught:
        playing.asks()
    assert (caught.value.message, caught.value.code) == (sentence, "login_failed")


def test_a_page_without_the_token_is_named():
    playing = play(Login(url=URL, form=FORM, csrf=Csrf(field="nope")))
    playing << Fetch(PAGE_REQUEST) >> answer(200, body=PAGE)
    with pytest.raises(TokenEndpointError, match="answered 200 without the CSRF field nope"):
        playing.asks()


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Login(url="http://app.example.com/login", form=FORM), "url"),
        (lambda: Login(url=URL), "form"),
        (lambda: Login(url=URL, form=FORM, json=FORM), "form"),
        (Csrf, "field"),
        (lambda: Csrf(field="a", cookie="b"), "field"),
        (lambda: Csrf(field="a", url="ftp://x/"), "url"),
    ],
)
def test_a_login_that_cannot_be_is_named(make, name):
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.name == name


def test_no_repr_shows_a_field():
    assert "s3cr3t" not in repr(Login(url=URL, form=FORM))
