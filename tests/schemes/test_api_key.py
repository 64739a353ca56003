"""An API key in a header, the query or a cookie."""

import pytest

from authwright.message import Place, Request
from authwright.parameters import ParameterError
from authwright.schemes.api_key import ApiKey
from authwright.secret import Secret

GET = Request.of("GET", "https://a.example/p?x=1", [("Authorization", "mine"), ("Cookie", "a=1")])
KEY = Secret("k y&é")


@pytest.mark.parametrize(
    ("scheme", "place", "expected"),
    [
        (ApiKey(name="X-Key", value=KEY), Place("header", "X-Key"), GET.with_header("X-Key", "k y&é")),
        (ApiKey(name="k", value=KEY, placement="query"), Place("query", "k"), GET.with_target("/p?x=1&k=k%20y%26%C3%A9")),
        (ApiKey(name="s", value=Secret("v"), placement="cookie"), Place("cookie", "s"), GET.with_header("Cookie", "a=1; s=v")),
    ],
    ids=["header", "query", "cookie"],
)
def test_the_key_is_put_in_its_place(scheme, place, expected):
    (command,) = scheme.authorize(GET, None)
    assert command.request == expected
    assert scheme.places == (place,)


@pytest.mark.parametrize(
    ("parameters", "field"), [({"name": "", "value": KEY}, "name"), ({"name": "X", "value": Secret("")}, "value")]
)
def test_a_key_without_name_or_value_is_refused(parameters, field):
    with pytest.raises(ParameterError) as caught:
        ApiKey(**parameters)
    assert caught.value.name == field


def test_the_key_is_hidden():
    scheme = ApiKey(name="X-Key", value=KEY)
    (command,) = scheme.authorize(GET, None)
    assert command.hide
    assert KEY.reveal() not in repr(scheme) + repr(command.hide)


@pytest.mark.parametrize(("placement", "stands"), [("header", True), ("query", False), ("cookie", False)])
def test_only_a_header_stays_the_same_on_every_request(placement, stands):
    standing = ApiKey(name="X-Key", value=KEY, placement=placement).standing(None)
    assert (standing is not None) == stands
    assert standing is None or (standing.name, standing.prefix, standing.secret) == ("X-Key", "", KEY)
