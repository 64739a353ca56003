"""Events are frozen, show no secret, and know the weight of the bodies that they keep."""

from dataclasses import FrozenInstanceError

import pytest
from tests.ambients import NOON

from authwright.errors import TransportError
from authwright.message import Headers, Request, Response
from authwright.record.events import Answered, Asked, Began, BodyRead, Ended, Sent, weight

SECRET = b"s3cret"
REQUEST = Request.of("POST", "https://as.example/token?code=s3cret", [("Authorization", "Bearer s3cret")], SECRET)
RESPONSE = Response(200, Headers(), b"also s3cret")
ASKED = Asked(REQUEST, RESPONSE, NOON, 12.4)


@pytest.mark.parametrize(
    ("event", "bytes_kept"),
    [
        (Began(REQUEST, NOON), 6),
        (BodyRead(REQUEST, NOON), 6),
        (Sent(REQUEST, NOON), 6),
        (ASKED, 17),
        (Asked(REQUEST, None, NOON, 1.0, TransportError("gone")), 6),
        (Answered(RESPONSE, NOON), 0),
        (Ended(NOON), 0),
    ],
)
def test_an_event_weighs_its_bodies_and_shows_no_secret(event, bytes_kept):
    assert (weight([event]), weight([event, event]), "s3cret" in repr(event)) == (bytes_kept, 2 * bytes_kept, False)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (ASKED, "POST https://as.example/token: 200 in 12 ms"),
        (Asked(REQUEST, None, NOON, 3000.0), "POST https://as.example/token: no answer in 3000 ms"),
    ],
)
def test_a_request_of_our_own_is_told_in_one_sentence_without_its_query(asked, sentence):
    assert (asked.sentence, asked.outlined().sentence) == (sentence, sentence)


def test_an_outline_keeps_no_header_and_no_body():
    outlined = ASKED.outlined()
    assert (weight([outlined]), list(outlined.request.headers), list(outlined.response.headers)) == (0, [], [])


def test_an_event_does_not_change():
    with pytest.raises(FrozenInstanceError):
        ASKED.ms = 0
