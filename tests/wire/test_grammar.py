"""The grammar of a head holds what RFC 9110's ABNF holds, spelt out here character by character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.wire import grammar

CHARACTERS = [chr(code) for code in range(256)]
TCHAR = set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
VCHAR = {chr(code) for code in range(0x21, 0x7F)}
FIELD_CHAR = {"\t", " "} | VCHAR | {chr(code) for code in range(0x80, 0x100)}
QDTEXT = FIELD_CHAR - {'"', "\\"}
CONTROL = {chr(code) for code in range(0x20)} | {"\x7f"}

SETS = {
    "a tchar": (grammar.TOKEN, grammar.TOKEN_BYTES, TCHAR),
    "outside a field value": (grammar.NOT_IN_VALUE, grammar.NOT_IN_VALUE_BYTES, set(CHARACTERS) - FIELD_CHAR),
    "outside a target": (grammar.NOT_IN_TARGET, grammar.NOT_IN_TARGET_BYTES, CONTROL | {" ", "#", "\\"}),
}


@pytest.mark.parametrize("name", SETS)
def test_each_character_is_judged_alike_as_text_and_as_a_byte(name):
    text, octets, expected = SETS[name]
    assert {char for char in CHARACTERS if text.match(char)} == expected
    assert {char for char in CHARACTERS if octets.match(char.encode("latin-1"))} == expected


@pytest.mark.parametrize(("piece", "expected"), [(grammar.TCHAR, TCHAR), (grammar.FIELD_CHAR, FIELD_CHAR)])
def test_a_piece_takes_one_character_and_the_same_as_a_pattern_of_bytes(piece, expected):
    assert {char for char in CHARACTERS if re.fullmatch(piece, char)} == expected
    assert {char for char in CHARACTERS if re.fullmatch(piece.encode(), char.encode("latin-1"))} == expected
    assert not re.fullmatch(piece, "aa")


@pytest.mark.parametrize("text", ["", "a b", "a\n", "GET\r", "naïve", "x:"])
def test_a_token_has_a_character_and_nothing_else(text):
    assert not grammar.TOKEN.match(text)
    assert not grammar.TOKEN_BYTES.match(text.encode())


def test_text_outside_ascii_may_stand_in_a_value_and_a_target_but_in_no_token():
    for char in "é€\udcff":
        assert not grammar.NOT_IN_VALUE.search(char)
        assert not grammar.NOT_IN_TARGET.search(char)
        assert not grammar.TOKEN.match(char)


def is_quoted_string(text):
    """RFC 9110 section 5.6.4: DQUOTE *( qdtext / quoted-pair ) DQUOTE, read by hand."""
    if len(text) < 2 or text[0] != '"':
        return False
    rest = iter(text[1:])
    for char in rest:
        if char == "\\":
            if next(rest, None) not in FIELD_CHAR:
                return False
        elif char == '"':
            return next(rest, None) is None
        elif char not in QDTEXT:
            return False
    return False


@given(st.text(st.sampled_from(['"', "\\", "a", " ", "\t", "\n", "\x7f", "\xe9", "\0"]), max_size=8))
def test_a_quoted_string_is_read_as_its_rule_says(inside):
    for text in (inside, f'"{inside}"'):
        expected = is_quoted_string(text)
        assert bool(re.fullmatch(grammar.QUOTED_STRING, text)) == expected
        assert bool(re.fullmatch(grammar.QUOTED_STRING.encode(), text.encode("latin-1"))) == expected
