"""User name and password in the Authorization header, in UTF-8 (RFC 7617)."""

import pytest

from authwright.message import Place, Request
from authwright.parameters import ParameterError
from authwright.schemes.basic import Basic
from authwright.secret import Secret

GET = Request.of("GET", "https://a.example/p?x=1", [("Authorization", "mine"), ("Cookie", "a=1")])
PASSWORD = Secret("k y&é")


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        (Basic(), "Basic Og=="),
        (Basic(username="Aladdin", password=Secret("open sesame")), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        (Basic(username="test", password=Secret("123£")), "Basic dGVzdDoxMjPCow=="),
        (Basic(username="ü", password=Secret("a:b")), "Basic w7w6YTpi"),
    ],
    ids=["nothing", "RFC 7617 section 2", "RFC 7617 section 2.1", "a colon in the password"],
)
def test_the_credentials_are_the_published_ones(scheme, expected):
    (command,) = scheme.authorize(GET, None)
    assert command.request == GET.with_header("Authorization", expected)
    assert scheme.places == (Place("header", "Authorization"),)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({"username": "a:b"}, "username"), ({"username": "a\n"}, "username"), ({"password": Secret("a\r")}, "password")],
)
def test_a_colon_in_the_name_and_control_characters_are_refused(parameters, field):
    with pytest.raises(ParameterError) as caught:
        Basic(**parameters)
    assert caught.value.name == field


def test_what_was_made_of_the_password_is_hidden_too():
    scheme = Basic(password=PASSWORD)
    (command,) = scheme.authorize(GET, None)
    assert command.hide
    assert PASSWORD.reveal() not in repr(scheme) + repr(command.hide)
