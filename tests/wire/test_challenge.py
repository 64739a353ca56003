"""Challenges as servers write them: several in one field, quoted, bare, and broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.message import Headers
from authwright.wire.challenge import Challenge, challenges, parameters, quoted

CASES = {
    "one": ('Basic realm="x"', [Challenge("basic", {"realm": "x"})]),
    "no parameters": ("Negotiate", [Challenge("negotiate")]),
    "a token68": ("NTLM TlRMTVNTUAACAA==", [Challenge("ntlm", {}, "TlRMTVNTUAACAA==")]),
    "schemes alone": ("Negotiate, NTLM", [Challenge("negotiate"), Challenge("ntlm")]),
    "a token68 between": (
        'Basic realm="a", NTLM abc=, Digest nonce=n',
        [Challenge("basic", {"realm": "a"}), Challenge("ntlm", {}, "abc="), Challenge("digest", {"nonce": "n"})],
    ),
    "RFC 9110 section 11.6.1": (
        'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
        [
            Challenge("basic", {"realm": "simple"}),
            Challenge("newauth", {"realm": "apps", "type": "1", "title": 'Login to "apps"'}),
        ],
    ),
    "a comma in quotes": ('Digest qop="auth, auth-int", realm="a,b"', [Challenge("digest", {"qop": "auth, auth-int", "realm": "a,b"})]),
    "spaces around =": ('Digest realm = "x" , nonce= y', [Challenge("digest", {"realm": "x", "nonce": "y"})]),
    "names in any case": ('DIGEST Realm="X", NONCE=N', [Challenge("digest", {"realm": "X", "nonce": "N"})]),
    "a name twice": ("Digest nonce=first, nonce=second", [Challenge("digest", {"nonce": "first"})]),
    "base64 without quotes": ("Digest nonce=a/b+c==, stale=TRUE", [Challenge("digest", {"nonce": "a/b+c==", "stale": "TRUE"})]),
    "no space after the comma": ('Digest realm="a",nonce="b",Basic realm="c"', [
        Challenge("digest", {"realm": "a", "nonce": "b"}),
        Challenge("basic", {"realm": "c"}),
    ]),
    "a quote that never ends": ('Digest realm="a, nonce=b', [Challenge("digest", {"realm": "a, nonce=b"})]),
    "a parameter of nothing": ("realm=x, Basic realm=y", [Challenge("basic", {"realm": "y"})]),
    "an empty value": ('Digest domain="", opaque=', [Challenge("digest", {"domain": "", "opaque": ""})]),
    "nothing": (" ,, ", []),
    "noise": ('"" ; Basic realm=x', [Challenge("basic", {"realm": "x"})]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_field_is_read(name):
    value, expected = CASES[name]
    assert list(challenges(Headers((("WWW-Authenticate", value),)))) == expected


def test_fields_that_occur_twice_are_read_in_order():
    headers = Headers((("WWW-Authenticate", "Negotiate"), ("X", "Basic"), ("www-authenticate", "NTLM")))
    assert [each.scheme for each in challenges(headers)] == ["negotiate", "ntlm"]


def test_a_field_without_a_scheme_is_read():
    assert parameters('nextnonce="n\\"2", qop=auth,rspauth="ab"') == {"nextnonce": 'n"2', "qop": "auth", "rspauth": "ab"}


@given(st.text(max_size=60))
def test_what_is_quoted_is_read_again(text):
    assert parameters(f"x={quoted(text)}") == {"x": text}


@given(st.text(alphabet='Digest =,"\\\t\nab1\udcff', max_size=200))
def test_anything_can_be_read(value):
    assert all(each.scheme for each in challenges(Headers((("WWW-Authenticate", value),))))
