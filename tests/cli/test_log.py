"""The log line of a request."""

from datetime import UTC, datetime

import pytest

from authwright.cli.colour import painter
from authwright.cli.log import lines, place, to_object
from authwright.errors import RequestError, TransportError
from authwright.message import Request
from authwright.record.trace import Trace
from authwright.secret import Redactor

AT = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


def trace(url="https://api.example.com/orders?id=7&sort=up", **more):
    request = Request.of("GET", url, [("Accept", "*/*")])
    sent = request.with_header("Authorization", "Bearer hunter2-token")
    given = {"rule": "orders", "credential": "box", "type": "oauth2", "environment": "dev"} | more
    return Trace(request, forwards=(sent,), known=Redactor(["hunter2-token"]), **given)


def line(of):
    return next(lines(of, AT, changes=False, paint=painter(False))).partition(" ")[2]


def test_a_query_shows_its_names_and_not_its_values():
    assert place(trace()) == "api.example.com/orders?id&sort"


@pytest.mark.parametrize(
    ("more", "ending"),
    [
        ({"statuses": [200], "token_source": "cached"}, "orders oauth2 cached 0ms 200"),
        ({"statuses": [401, 200], "token_source": "fetched", "waited_ms": 41.6}, "orders oauth2 fetched 42ms 401→200"),
        ({"statuses": [200], "notes": [("JOSE header", "{}")]}, "orders oauth2 signed 0ms 200"),
        ({"statuses": [200]}, "orders oauth2 static 0ms 200"),
        ({"error": TransportError("No answer.")}, "orders oauth2 - 0ms unreachable"),
    ],
)
def test_a_request_is_a_line_that_says_what_happened(more, ending):
    assert line(trace(**more)) == f"GET api.example.com/orders?id&sort {ending}"


def test_bytes_that_steer_a_terminal_are_shown_escaped():
    made = trace("https://api.example.com/a", rule="\x1b[31mred\r")
    assert "\\x1b[31mred\\r" in line(made)


def test_more_words_show_what_was_changed_without_the_secret():
    shown = list(lines(trace(statuses=[200]), AT, changes=True, paint=painter(False)))
    assert shown[1:] == ["  + header Authorization: Bearer <hidden>"]


def test_an_error_says_what_to_do():
    error = RequestError("Not over http.", code="plaintext", hint="use https")
    shown = list(lines(trace(error=error), AT, changes=True, paint=painter(False)))
    assert shown[-2:] == ["  Not over http.", "  hint: use https"]


def test_the_object_says_the_same():
    assert to_object(trace(statuses=[200], token_source="cached"), AT, changes=False) == {
        "time": "2026-01-31T12:00:00+00:00",
        "method": "GET",
        "url": "https://api.example.com/orders?id&sort",
        "rule": "orders",
        "credential": "box",
        "type": "oauth2",
        "environment": "dev",
        "token": "cached",
        "waited_ms": 0,
        "statuses": [200],
        "error": None,
    }
