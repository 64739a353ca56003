"""A given token in the Authorization header."""

import pytest

from authwright.message import Place, Request
from authwright.parameters import ParameterError
from authwright.schemes.bearer import Bearer
from authwright.secret import Secret

GET = Request.of("GET", "https://a.example/p?x=1", [("Authorization", "mine"), ("Cookie", "a=1")])
TOKEN = Secret("k y&é")


@pytest.mark.parametrize(
    ("scheme", "expected"), [(Bearer(token=Secret("t")), "Bearer t"), (Bearer(token=Secret("t"), prefix=""), "t")]
)
def test_the_token_replaces_the_clients_header(scheme, expected):
    (command,) = scheme.authorize(GET, None)
    assert command.request == GET.with_header("Authorization", expected)
    assert scheme.places == (Place("header", "Authorization"),)


def test_an_empty_token_is_refused():
    with pytest.raises(ParameterError) as caught:
        Bearer(token=Secret(""))
    assert caught.value.name == "token"


def test_the_token_is_hidden():
    scheme = Bearer(token=TOKEN)
    (command,) = scheme.authorize(GET, None)
    assert command.hide
    assert TOKEN.reveal() not in repr(scheme) + repr(command.hide)
