"""API keys, bearer tokens and Basic credentials: one forward each."""

import pytest

from authwright.message import Place, Request
from authwright.parameters import ParameterError
from authwright.schemes import SCHEMES
from authwright.schemes.api_key import ApiKey
from authwright.schemes.basic import Basic
from authwright.schemes.bearer import Bearer
from authwright.secret import Secret

GET = Request.of("GET", "https://a.example/p?x=1", [("Authorization", "mine"), ("Cookie", "a=1")])
KEY = Secret("k y&é")


def authorized(scheme):
    (command,) = scheme.authorize(GET, None)
    return command.request


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        (ApiKey(name="X-Key", value=KEY), GET.with_header("X-Key", "k y&é")),
        (ApiKey(name="k", value=KEY, placement="query"), GET.with_target("/p?x=1&k=k%20y%26%C3%A9")),
        (ApiKey(name="s", value=Secret("v"), placement="cookie"), GET.with_header("Cookie", "a=1; s=v")),
        (Bearer(token=Secret("t")), GET.with_header("Authorization", "Bearer t")),
        (Bearer(token=Secret("t"), prefix=""), GET.with_header("Authorization", "t")),
        (Basic(), GET.with_header("Authorization", "Basic Og==")),
        (Basic(username="ü", password=Secret("a:b")), GET.with_header("Authorization", "Basic w7w6YTpi")),
    ],
)
def test_the_credential_is_put_in_its_place(scheme, expected):
    assert authorized(scheme) == expected


@pytest.mark.parametrize(
    ("scheme", "place"),
    [
        (ApiKey(name="X-Key", value=KEY), Place("header", "X-Key")),
        (ApiKey(name="k", value=KEY, placement="query"), Place("query", "k")),
        (ApiKey(name="s", value=KEY, placement="cookie"), Place("cookie", "s")),
        (Bearer(token=KEY), Place("header", "Authorization")),
        (Basic(), Place("header", "Authorization")),
    ],
)
def test_a_scheme_says_where_its_credential_stands(scheme, place):
    assert scheme.places == (place,)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: ApiKey(name="", value=KEY), "name"),
        (lambda: ApiKey(name="X", value=Secret("")), "value"),
        (lambda: Bearer(token=Secret("")), "token"),
        (lambda: Basic(username="a:b"), "username"),
        (lambda: Basic(username="a\n"), "username"),
        (lambda: Basic(password=Secret("a\r")), "password"),
    ],
)
def test_what_could_never_work_is_refused(make, field):
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.name == field


@pytest.mark.parametrize("scheme", [ApiKey(name="X-Key", value=KEY), Bearer(token=KEY), Basic(password=KEY)])
def test_what_was_made_of_a_secret_is_hidden_too(scheme):
    (command,) = scheme.authorize(GET, None)
    assert command.hide
    assert KEY.reveal() not in repr(scheme) + repr(command.hide)


def test_the_table_is_keyed_by_type():
    assert {name: scheme.type for name, scheme in SCHEMES.items()} == {name: name for name in SCHEMES}
