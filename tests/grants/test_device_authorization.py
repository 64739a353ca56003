"""The code that a person is shown, and the pace at which the token endpoint is polled (RFC 8628 sections 3.2 and 3.5)."""

from datetime import timedelta

import pytest
from tests.ambients import NOON
from tests.grants.authorization_server import answer

from authwright.errors import InteractionRequired, RemoteError, TokenEndpointError, TransportError
from authwright.flow.commands import Verify
from authwright.grants.answer import EndpointAnswer
from authwright.grants.device_authorization import _authorization, _next
from authwright.message import Headers, Response
from authwright.secret import Redactor

PAGE = "https://as.example/enter"
GIVEN = {"device_code": "d", "user_code": "WDJB-MJHT", "verification_uri": PAGE}


def authorization(response):
    return _authorization(EndpointAnswer(response, "https://as/device", "device", "none", Redactor()), NOON)


def refused(error="", code="token_endpoint_refused"):
    return TokenEndpointError("No.", error=error, status=400, code=code)


@pytest.mark.parametrize(
    ("members", "interval", "lifetime"),
    [
        ({}, 5, 600),
        ({"interval": 2, "expires_in": 900}, 2, 900),
        ({"interval": "2", "expires_in": None}, 5, 600),
        ({"interval": True, "expires_in": -1}, 5, 600),
        ({"interval": 0, "expires_in": 1e9}, 5, 600),
    ],
    ids=["nothing said", "said", "not numbers", "implausible", "out of range"],
)
def test_interval_and_lifetime_are_the_servers_when_they_are_plausible(members, interval, lifetime):
    found = authorization(answer(**GIVEN, **members))
    assert found == ("d", Verify(PAGE, "WDJB-MJHT", "", interval), NOON + timedelta(seconds=lifetime))


def test_the_older_name_of_the_page_is_read_too():
    members = {"verification_url" if name == "verification_uri" else name: value for name, value in GIVEN.items()}
    assert authorization(answer(**members)).verify.verification_uri == PAGE


@pytest.mark.parametrize(
    "changes",
    [
        {"device_code": ""},
        {"device_code": 1},
        {"user_code": "\x1b[2J"},
        {"user_code": "x" * 65},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "https://as.example/\x1b"},
        {"verification_uri_complete": "no URL"},
    ],
    ids=["no device code", "a number", "an escape sequence", "a long code", "a script", "an escape in the page", "no URL"],
)
def test_what_a_terminal_must_not_show_is_refused(changes):
    with pytest.raises(TokenEndpointError) as caught:
        authorization(answer(**GIVEN | changes))
    assert caught.value.code == "token_endpoint_malformed"


@pytest.mark.parametrize(
    ("error", "interval"),
    [
        (refused("authorization_pending"), 5),
        (refused("slow_down"), 10),
        (TransportError("gone"), 10),
        (refused(code="token_endpoint_unavailable"), 10),
    ],
    ids=["pending", "slow down", "unreachable", "unavailable"],
)
def test_the_next_poll_comes_later_when_the_server_is_pressed(error, interval):
    assert _next(5, error) == interval


def test_the_pause_has_a_limit_when_the_server_is_gone():
    assert _next(1e5, TransportError("gone")) < 1e5


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused("access_denied"), RemoteError),
        (refused("expired_token"), InteractionRequired),
        (refused("invalid_client"), TokenEndpointError),
    ],
)
def test_a_poll_that_is_of_no_use_is_an_error(error, kind):
    with pytest.raises(kind):
        _next(5, error)


def test_a_retry_after_is_no_device_code():
    with pytest.raises(TokenEndpointError):
        authorization(Response(503, Headers.of([("Retry-After", "1")])))
