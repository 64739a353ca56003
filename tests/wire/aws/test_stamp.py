"""A stamp signs any body at any time as the signer does."""

from datetime import UTC, datetime, timedelta

import pytest

from authwright.message import Headers, Request
from authwright.secret import Secret
from authwright.wire.aws.access_keys import AccessKeys
from authwright.wire.aws.clock import ServerClock
from authwright.wire.aws.signature import Scope, amz_date_of, sha256
from authwright.wire.aws.signer import Signer
from authwright.wire.aws.stamp import SigV4Stamp

KEYS = AccessKeys("AKIDEXAMPLE", Secret("s3cret"), Secret("t0ken"))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BARE = Request.of("PUT", "https://s3.eu-central-1.amazonaws.com/b/k%20y?x=1", [("Host", "s3.eu-central-1.amazonaws.com")])


def signer(at, body, *, says_payload=True):
    date = amz_date_of(at)
    return Signer(KEYS, Scope(date[:8], "eu-central-1", "s3"), date, sha256(body), says_payload)


@pytest.mark.parametrize("says_payload", [True, False])
@pytest.mark.parametrize(
    ("body", "later"), [(b"", timedelta(0)), (b"abc", timedelta(seconds=1)), (b"\0date\0", timedelta(days=40))]
)
def test_a_stamp_gives_the_same_fields_as_the_signer(body, later, says_payload):
    stamp = SigV4Stamp.of(BARE, signer(NOON, b"first", says_payload=says_payload), ServerClock)
    expected = signer(NOON + later, body, says_payload=says_payload).in_header(BARE).request.headers
    assert Headers((*stamp.headers.fields, *stamp.fields(body, NOON + later))) == expected


def test_a_stamp_follows_the_servers_clock():
    ahead = timedelta(hours=7)
    stamp = SigV4Stamp.of(BARE, signer(NOON, b""), lambda: ServerClock(ahead))
    assert stamp.fields(b"", NOON) == SigV4Stamp.of(BARE, signer(NOON, b""), ServerClock).fields(b"", NOON + ahead)
