"""Judges requests to the loopback redirect URI: one is the authorization response (RFC 6749 section 4.1.2, RFC 8252).

Any page in the browser, and any program on this machine, can send requests to the port. So everything must fit: the ``Host``
(against DNS rebinding), the path, the browser's Fetch Metadata, and the ``state``. The functions are pure: values in, a
verdict out. A request that does not fit ends no sign-in; the listener goes on waiting.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple
from urllib.parse import parse_qsl

from ..wire.form import MEDIA_TYPE

type RedirectParameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected redirect.

    Args:
        authorities: the ``Host`` values that it may have.
        path: the redirect URI's path.
        state: the ``state`` it must bring back.
        response_mode: the part of the URI that holds the parameters. Our own page posts a fragment to us.
    """

    authorities: frozenset[str]
    path: str
    state: str
    response_mode: Literal["query", "fragment"] = "query"


class Came(NamedTuple):
    """A request at the redirect URI; header names in lower case, each once."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


class Accepted(NamedTuple):
    """The authorization response."""

    parameters: RedirectParameters


class Refused(NamedTuple):
    """Another request. ``sentence`` says why, and quotes nothing of it."""

    status: int
    sentence: str


class Relay(NamedTuple):
    """The browser holds the fragment and needs our page to post it."""


class ReturnedWithout(NamedTuple):
    """The redirect URI without a response: the person came back to see the outcome."""


type Verdict = Accepted | Refused | Relay | ReturnedWithout

ANOTHER_SIGN_IN: Final = Refused(400, "The answer belongs to another sign-in: its state is not the one that was sent.")
_ELSEWHERE: Final = Refused(421, "This address was called by a name that is not its own.")
_NOT_FOUND: Final = Refused(404, "There is nothing here.")
_WRONG_METHOD: Final = Refused(405, "This address takes the answer of a sign-in, and nothing else.")
_FOREIGN: Final = Refused(403, "The request was made by a page, not by a person's browser coming back from a sign-in.")
_UNREADABLE: Final = Refused(400, "The answer cannot be read.")


def judge(expected: Expected, came: Came) -> Verdict:
    """The verdict on a request."""
    path, _, query = came.target.partition("?")
    if came.headers.get("host", "") not in expected.authorities:
        return _ELSEWHERE
    if path != expected.path:
        return _NOT_FOUND
    if came.method == "POST" and expected.response_mode == "fragment":
        return _posted(expected, came)
    if came.method != "GET":
        return _WRONG_METHOD
    if not _is_navigation(came.headers):
        return _FOREIGN
    if query:
        return read(expected.state, query)
    return Relay() if expected.response_mode == "fragment" else ReturnedWithout()


def read(state: str, parameters: str) -> Accepted | Refused:
    """The authorization response in form-encoded *parameters*, when it has the *state* of the authorization request."""
    try:
        pairs = parse_qsl(parameters, keep_blank_values=True, strict_parsing=True, max_num_fields=50, errors="strict")
    except ValueError:
        return _UNREADABLE
    found = dict(pairs)
    if len(found) != len(pairs):  # RFC 6749 section 3.1: no parameter may occur twice
        return _UNREADABLE
    if not hmac.compare_digest(found.get("state", "").encode(), state.encode()):
        return ANOTHER_SIGN_IN
    return Accepted(found)


def _posted(expected: Expected, came: Came) -> Accepted | Refused:
    """The verdict on a post of our own page. The browser names the page's origin, and no other page can claim ours."""
    origin = came.headers.get("origin", "")
    if origin.removeprefix("http://") not in expected.authorities or not origin.startswith("http://"):
        return _FOREIGN
    if came.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return _FOREIGN
    if came.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        return _UNREADABLE
    try:
        return read(expected.state, came.body.decode("ascii"))
    except UnicodeDecodeError:
        return _UNREADABLE


def _is_navigation(headers: Mapping[str, str]) -> bool:
    """True when a top-level window navigated there, and no script, image or frame (Fetch Metadata, W3C)."""
    return headers.get("sec-fetch-mode", "navigate") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"
