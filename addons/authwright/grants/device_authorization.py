"""Signs a person in with another device (RFC 8628): shows a code, and polls the token endpoint until the person enters it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from ..errors import InteractionRequired, TokenEndpointError, TransportError
from ..flow.commands import Verify
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from .answer import EndpointAnswer
from .client import TokenEndpointClient
from .interaction import refused_by_person
from .members import members_of, not_that

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL: Final = 5.0
"""Seconds between two polls when the server names none (section 3.2)."""
_SLOWER: Final = 5.0
"""Seconds more after each ``slow_down`` (section 3.5)."""
_LONGEST: Final = 60.0
_LIFETIME: Final = (1.0, 3600.0)
_VISIBLE: Final = re.compile(r"[\x20-\x7e]{1,64}\Z")
_URL: Final = re.compile(r"https?://[\x21-\x7e]{1,2000}\Z")


class DeviceAuthorization(NamedTuple):
    """The device authorization response (section 3.2)."""

    device_code: str
    verify: Verify
    ends_at: datetime


def sign_in_with_device(client: TokenEndpointClient, ambient: Ambient) -> Flow[Token]:
    """The token, once the person has entered the code.

    Raises:
        InteractionRequired: the person did not enter the code before it expired.
        RemoteError: the person or the server refused.
    """
    endpoint = yield from client.endpoint("device_authorization_endpoint")
    answer = yield from client.post(endpoint, "device authorization", client.targets, client.extra.authorization, ambient)
    device_code, verify, ends_at = _authorization(answer, ambient.now())
    while ambient.now() < ends_at:
        yield verify
        try:
            pairs = (("device_code", device_code),)
            return (yield from client.ask(ambient, GRANT_TYPE, pairs, client.extra.token))
        except (TokenEndpointError, TransportError) as error:
            verify = verify.every(_next(verify.interval, error))
    raise InteractionRequired("Nobody entered the code in time.")


def _next(interval: float, error: TokenEndpointError | TransportError) -> float:
    """The seconds to wait before the next poll (section 3.5).

    Raises:
        TokenEndpointError, InteractionRequired, RemoteError: another poll is of no use.
    """
    if isinstance(error, TransportError):
        return min(interval * 2, _LONGEST)
    match error.error:
        case "authorization_pending":
            return interval
        case "slow_down":
            return interval + _SLOWER
        case "access_denied":
            raise refused_by_person(error.message) from error
        case "expired_token":
            raise InteractionRequired("Nobody entered the code in time.") from error
    if error.code == "token_endpoint_unavailable":
        return min(interval * 2, _LONGEST)
    raise error


def _authorization(answer: EndpointAnswer, now: datetime) -> DeviceAuthorization:
    members = members_of(answer, "device_authorization_endpoint")
    code, device_code = members.get("user_code"), members.get("device_code")
    if not isinstance(device_code, str) or not device_code or not isinstance(code, str) or not _VISIBLE.match(code):
        raise not_that(answer, "there is no user_code and device_code in it", "device_authorization_endpoint")
    # Google's name, older than the standard
    page = _page(answer, members.get("verification_uri", members.get("verification_url")))
    complete = members.get("verification_uri_complete")
    verify = Verify(page, code, _page(answer, complete) if complete else "", _seconds(members, "interval", _INTERVAL))
    lifetime = min(max(_seconds(members, "expires_in", 600), _LIFETIME[0]), _LIFETIME[1])
    return DeviceAuthorization(device_code, verify, now + timedelta(seconds=lifetime))


def _page(answer: EndpointAnswer, url: Any) -> str:
    """The verification URL, checked so that a terminal can show it and a person can open it."""
    if isinstance(url, str) and _URL.match(url):
        return url
    raise not_that(answer, "its verification_uri is no URL", "device_authorization_endpoint")


def _seconds(members: Mapping[str, Any], name: str, default: float) -> float:
    value = members.get(name)
    plausible = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6
    return float(value) if plausible and value is not None else default
