"""How long a server asks to be left alone."""

import pytest

from authwright.message import Headers, Response
from authwright.wire.retry_after import retry_after

DATE = ("Date", "Fri, 02 Jan 2026 03:04:05 GMT")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], None),
        ([("Retry-After", "7")], 7.0),
        ([("Retry-After", " 120 ")], 120.0),
        ([("Retry-After", "Fri, 02 Jan 2026 03:05:05 GMT"), DATE], 60.0),
        ([("Retry-After", "Fri, 02 Jan 2026 03:00:00 GMT"), DATE], 0.0),
        ([("Retry-After", "Fri, 02 Jan 2026 03:05:05 GMT")], None),
        ([("Retry-After", "Fri, 02 Jan 2026 03:05:05"), DATE], None),
        ([("Retry-After", "soon"), DATE], None),
        ([("Retry-After", "-1")], None),
        ([("Retry-After", "1e9")], None),
        ([("Retry-After", "9999999999999999999")], None),
    ],
)
def test_it_is_read_as_seconds(fields, expected):
    assert retry_after(Response(503, Headers.of(fields))) == expected
