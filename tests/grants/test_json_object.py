"""Untrusted bytes are one unambiguous JSON object, or refused with a reason that quotes nothing."""

import pytest

from authwright.grants.json_object import NotAnObject, object_or_nothing, parse_object


@pytest.mark.parametrize(
    ("body", "members"),
    [
        (b"{}", {}),
        (b' {"a": 1}\n', {"a": 1}),
        (b'\xef\xbb\xbf{"a": "\\u00e9"}', {"a": "é"}),
        (b'{"a": {"a": 1}}', {"a": {"a": 1}}),
    ],
    ids=["empty", "with spaces", "with a byte order mark", "nested"],
)
def test_an_object_is_read(body, members):
    assert parse_object(body) == members == object_or_nothing(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"c4nary", "not JSON"),
        (b'{"a": 1}{"a": 1}', "not JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "not JSON"),
        (b'["c4nary"]', "not an object"),
        (b"null", "not an object"),
        (b'{"c4nary": 1, "c4nary": 1}', "occurs twice"),
        (b'{"a": {"b": 1, "b": 2}}', "occurs twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "NaN or Infinity"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:16]),
)
def test_anything_else_is_refused_without_being_quoted(body, reason):
    with pytest.raises(NotAnObject, match=reason) as caught:
        parse_object(body)
    assert "c4nary" not in str(caught.value)
    assert object_or_nothing(body) == {}
