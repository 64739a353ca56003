"""Exactly one credential stands in its place, and everything beside it stays."""

import pytest

from authwright.message import Headers, Place, Request
from authwright.wire import placement

GET = Request.of("GET", "https://a.example/p?x=1", [("Accept", "*/*"), ("Cookie", "a=1; s=old"), ("Cookie", "b=2")])


def test_a_header_has_its_prefix():
    assert placement.in_header(GET, "Authorization", "Token", "t").headers.get("Authorization") == "Token t"


def test_an_empty_prefix_leaves_the_bare_value():
    assert placement.in_header(GET, "Authorization", "", "t").headers.get("Authorization") == "t"


def test_a_cookie_joins_the_clients_own_in_one_header():
    assert placement.in_cookie(GET, "s", "new").headers.get_all("Cookie") == ["a=1; b=2; s=new"]


def test_a_cookie_alone_is_a_header_of_its_own():
    request = Request.of("GET", "https://a.example/")
    assert placement.in_cookie(request, "s", "v").headers == Headers.of([("Cookie", "s=v")])


def test_a_query_parameter_replaces_its_namesake():
    assert placement.in_query(GET, "x", "2").target == "/p?x=2"


@pytest.mark.parametrize(
    ("place", "occupied"),
    [
        (Place("header", "accept"), True),
        (Place("header", "Authorization"), False),
        (Place("query", "x"), True),
        (Place("query", "y"), False),
        (Place("cookie", "s"), True),
        (Place("cookie", "t"), False),
        (Place("body", "x"), False),
    ],
)
def test_what_the_client_sent_is_noticed(place, occupied):
    assert placement.occupied(GET, place) is occupied


@pytest.mark.parametrize("place", [Place("header", "Accept"), Place("query", "x")])
def test_a_place_is_emptied(place):
    assert not placement.occupied(placement.without(GET, place), place)
