"""A secret is a text that is not empty."""

import pytest

from authwright.errors import SecretError
from authwright.sources.text import decoded, filled, trimmed


@pytest.mark.parametrize(
    ("text", "left"), [("s", "s"), ("s\n", "s"), ("s\r\n", "s"), ("s\n\n", "s\n"), ("s\r", "s\r"), ("\n", "")]
)
def test_one_line_break_at_the_end_is_taken_away(text, left):
    assert trimmed(text) == left


def test_bytes_that_are_utf_8_are_a_text():
    assert decoded("ä\n".encode(), "it") == "ä"


@pytest.mark.parametrize(("data", "message"), [(b"\xff", "it is not UTF-8 text"), (b"", "it is empty"), (b"\n", "it is empty")])
def test_what_is_no_text_is_refused_without_being_shown(data, message):
    with pytest.raises(SecretError) as caught:
        decoded(data, "it")
    assert (caught.value.message, bool(caught.value.hint)) == (message, True)


def test_a_text_is_handed_on():
    assert filled("s", "it") == "s"
