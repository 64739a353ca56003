"""A terminal is given nothing that it would act on, or that it would not show."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.terminal import visible, visible_json

CONTROLS = {*map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0))}
BREAKS = {"\u2028", "\u2029"}
BIDIRECTIONAL = {
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
} | {"\u200e", "\u200f", "\u061c"}
NO_WIDTH = {*"\u00ad\u200b\u200c\u200d\u2060\ufeff\u034f\u115f\u1160\u3164\uffa0\u180e\ufe0f", "\U000e0001", "\U000e0100"}
SURROGATES = {chr(0xD800), chr(0xDC80), chr(0xDFFF)}
ACTED_ON = CONTROLS | BREAKS | BIDIRECTIONAL | NO_WIDTH | SURROGATES
ANYTHING = st.text(st.one_of(st.characters(), st.characters(categories=["Cs"]), st.sampled_from(sorted(ACTED_ON))))


@given(ANYTHING)
def test_no_character_of_it_is_one_that_a_terminal_acts_on(text):
    shown = visible(text)
    assert shown.isprintable()
    assert set(shown) & ACTED_ON == set()


def test_nor_is_it_where_a_character_stands_alone():
    left = {hex(ord(char)) for char in ACTED_ON if ACTED_ON & set(visible(char)) or not visible(char)}
    assert left == set()


@pytest.mark.parametrize("text", ["", "plain", "ü名", "a\u0301", "\U0001f512", "→ … “quoted”"])
def test_what_a_terminal_shows_stays(text):
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b2J", "\\x9b2J"),
        ("a\r\nb", "a\\r\\nb"),
        ("a\tb", "a    b"),
        ("\x7f", "\\x7f"),
        ("\u202eb", "\\u202eb"),
        ("\u2028", "\\u2028"),
        ("\ufe0f", "\\ufe0f"),
        ("\udc80", "\\udc80"),
        ("\U000e0100", "\\U000e0100"),
    ],
)
def test_the_rest_is_written_as_an_escape(text, shown):
    assert visible(text) == shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANYTHING, lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner)
)


@given(JSON, st.sampled_from([None, 2]))
def test_json_reads_back_and_holds_line_feeds_alone(value, indent):
    text = visible_json(value, indent=indent)
    assert json.loads(text) == value
    assert set(text) & ACTED_ON <= {"\n"}
    assert indent or "\n" not in text


def test_json_shows_letters_as_they_are():
    assert visible_json({"ü": "名\x9b\U000e0001"}) == '{"ü": "名\\u009b\\udb40\\udc01"}'
