"""A secret shows itself only to who asks, and a redactor finds it in every encoding."""

import base64
import copy
import json
import pickle
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.secret import HIDDEN, Redactor, Secret

VALUE = 'p:ä s/+%&é"w0rd='


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>20}".format,
        lambda s: f"{s!r}",
        lambda s: ",".join(map(str, [s])),
        lambda s: repr([s]),
        lambda s: repr({"k": s}),
    ],
)
def test_no_way_of_printing_shows_it(show):
    assert VALUE not in show(Secret(VALUE))


def test_it_is_not_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(Secret(VALUE))


def test_a_copy_is_the_same():
    secret = Secret(VALUE)
    assert copy.deepcopy(secret) is secret


def test_secrets_compare_by_value():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


ENCODED = {
    "itself": lambda s: s,
    "percent": lambda s: quote(s, safe=""),
    "percent, lower case": lambda s: quote(s, safe="").lower(),
    "percent twice": lambda s: quote(quote(s, safe=""), safe=""),
    "form": quote_plus,
    "JSON": json.dumps,
    "JSON, not ASCII": lambda s: json.dumps(s, ensure_ascii=False),
    "hexadecimal": lambda s: s.encode().hex(),
    "hexadecimal, upper case": lambda s: s.encode().hex().upper(),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 after one byte": lambda s: base64.b64encode(b":" + s.encode()).decode(),
    "base64 after two bytes": lambda s: base64.b64encode(b"u:" + s.encode()).decode(),
    "base64 in the middle": lambda s: base64.b64encode(b"user:" + s.encode() + b"!").decode(),
    "base64url": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "Latin-1 bytes": lambda s: s.encode().decode("latin-1"),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_secret_is_hidden_in_every_encoding(encoding):
    text = f"before {ENCODED[encoding](VALUE)} after"
    shown = Redactor([VALUE]).redact(text)
    assert HIDDEN in shown
    assert ENCODED[encoding](VALUE) not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


PRINTABLE = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))


@given(st.text(PRINTABLE, min_size=6, max_size=40), st.sampled_from(sorted(ENCODED)), st.text(alphabet="xyz", max_size=5))
def test_no_encoding_of_any_secret_survives(secret, encoding, around):
    encoded = ENCODED[encoding](secret)
    assert encoded not in Redactor([secret]).redact(f"{around}{encoded}{around}").replace(HIDDEN, "")


def test_a_short_secret_is_hidden_where_it_is_the_whole_value():
    redactor = Redactor(["s3"])
    assert redactor.redact("s3") == HIDDEN
    assert redactor.redact("us3r") == "us3r"


def test_a_line_of_a_private_key_is_hidden_too():
    line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"
    assert line not in Redactor([f"-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----\n"]).redact(f"bad line {line}")


def test_a_redactor_learns():
    assert Redactor(["one-secret"]).with_secrets(["another"]).redact("one-secret another") == f"{HIDDEN} {HIDDEN}"


@given(
    st.lists(st.text("ab=", max_size=6), max_size=3),
    st.lists(st.text("ab=", max_size=6), max_size=3),
    st.text("ab=", max_size=16),
)
def test_what_is_learnt_late_is_hidden_as_if_it_had_been_known(early, late, text):
    assert Redactor(early).with_secrets(late).redact(text) == Redactor([*early, *late]).redact(text)
