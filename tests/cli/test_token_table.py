"""A stored token as people and programs see it."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from authwright.cli.token_table import as_object, claims, row, state, table, when
from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.backoff import Failure
from authwright.tokens.store import Label, Record
from authwright.wire.jwt_parts import parts_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def ago(**span):
    return NOW - timedelta(**span)


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


JWT = f"{encoded({'alg': 'RS256'})}.{encoded({'sub': 'änn', 'exp': 1})}.c2ln"
TOKEN = Token(Secret(JWT), NOW + timedelta(hours=1), NOW, Secret("refresh"), id_token=Secret("no.jwt.at all"))
RECORD = Record("k", Label("box", "prod", "authorization_code", "https://api.box.com/oauth2/token"), TOKEN, ago(minutes=3))


def failure(code, **span):
    return Failure(TokenEndpointError("The server said no.", code=code), ago(**span))


@pytest.mark.parametrize(
    ("since", "failed", "refresh_token", "expected"),
    [
        (None, None, "r", "yes"),
        (None, None, None, "no"),
        (ago(seconds=2), None, "r", "now"),
        (ago(minutes=5), None, "r", "cut off 5 m ago"),
        (None, failure("grant_invalid", days=1), "r", "ended"),
        (None, failure("login_required", days=1), "r", "ended"),
        (None, failure("token_endpoint_unavailable", seconds=8), "r", "failed 8 s ago: token_endpoint_unavailable"),
    ],
)
def test_the_state_of_refreshing_is_a_word_or_two(since, failed, refresh_token, expected):
    token = replace(TOKEN, refresh_token=refresh_token and Secret(refresh_token))
    assert state(replace(RECORD, token=token, refreshing_since=since), failed, NOW) == expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [(None, "until rejected"), (NOW + timedelta(minutes=41), "in 41 m"), (ago(seconds=9), "expired 9 s ago")],
)
def test_the_end_is_told_from_now(end, expected):
    assert when(end, NOW) == expected


def test_a_row_says_it_all():
    assert row(RECORD, None, NOW) == ("box", "prod", "authorization_code", "api.box.com", "in 60 m", "yes", "3 m ago")


def test_columns_are_aligned():
    assert table([("a", "bb"), ("ccc", "d")]) == ["a    bb", "ccc  d"]


def test_what_is_in_a_json_web_token_is_shown_and_what_is_none_is_not():
    assert claims(RECORD) == [
        "  box: access_token",
        '    header: {"alg": "RS256"}',
        '    claims: {"sub": "änn", "exp": 1}',
    ]


@pytest.mark.parametrize(
    "text", ["", "opaque", "a.b", "a.b.c", "....", f"{encoded([])}.{encoded({})}.x", f"{encoded({})}.{encoded(1)}.x", "é.é.é"]
)
def test_what_is_no_json_web_token_has_no_parts(text):
    assert parts_of(text) is None


@pytest.mark.parametrize(("reveal", "decode"), [(False, False), (True, False), (False, True)])
def test_an_object_holds_the_token_only_when_asked(reveal, decode):
    found = as_object(RECORD, failure("grant_invalid", days=1), reveal=reveal, decode=decode)
    assert (found["last_used"], found["failure"]["code"]) == ("2026-01-02T03:01:05+00:00", "grant_invalid")
    assert (found.get("access_token"), "jwt" in found, "refresh" in json.dumps(found["refresh_token"])) == (
        JWT if reveal else None,
        decode,
        False,
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "until rejected"),
        (2460, "in 41 m"),
        (59, "in 59 s"),
        (3600, "in 60 m"),
        (7200, "in 2 h"),
        (200000, "in 2 d"),
        (0, "expired 0 s ago"),
        (-180, "expired 3 m ago"),
    ],
)
def test_how_long_a_token_is_good_for_is_said_in_words(seconds, words):
    assert when(None if seconds is None else NOW + timedelta(seconds=seconds), NOW) == words


def test_a_table_has_its_columns_aligned():
    assert table([("name", "from"), ("a", "idp"), ("longer", "x")]) == ["name    from", "a       idp", "longer  x"]
