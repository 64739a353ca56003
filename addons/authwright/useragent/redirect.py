"""What may reach the loopback redirect URI, and what of it is the authorization response (RFC 6749 section 4.1.2, RFC 8252).

Any page in the browser, and any program on this machine, can send requests to the port. So everything must fit: the name it
was called by (against DNS rebinding), the path, how the browser says it came about, and the ``state``. Pure: values in, a
verdict out. A request that does not fit ends nothing; the sign-in goes on waiting for the one that does.
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
    """The redirect that is waited for.

    Args:
        authorities: the ``Host`` values it may be called by.
        path: the redirect URI's path.
        state: the ``state`` it must bring back.
        response_mode: where its parameters stand; a fragment is posted to us by our own page.
    """

    authorities: frozenset[str]
    path: str
    state: str
    response_mode: Literal["query", "fragment"] = "query"


class Came(NamedTuple):
    """A request that came; header names in lower case, each once."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


class Accepted(NamedTuple):
    """The authorization response."""

    parameters: RedirectParameters


class Refused(NamedTuple):
    """A request that is not it. ``sentence`` says why, without a word of what came."""

    status: int
    sentence: str


class Relay(NamedTuple):
    """The browser keeps the fragment to itself: it needs our page to post it."""


class Bare(NamedTuple):
    """The redirect URI without an answer: who comes back to it wants to know how it went."""


type Verdict = Accepted | Refused | Relay | Bare

ANOTHER_SIGN_IN: Final = Refused(400, "The answer belongs to another sign-in: its state is not the one that was sent.")
_ELSEWHERE: Final = Refused(421, "This address was called by a name that is not its own.")
_NOT_FOUND: Final = Refused(404, "There is nothing here.")
_WRONG_METHOD: Final = Refused(405, "This address takes the answer of a sign-in, and nothing else.")
_FOREIGN: Final = Refused(403, "The request was made by a page, not by a person's browser coming back from a sign-in.")
_UNREADABLE: Final = Refused(400, "The answer cannot be read.")


def judge(expected: Expected, came: Came) -> Verdict:
    """What a request that came is."""
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
    return Relay() if expected.response_mode == "fragment" else Bare()


def read(state: str, parameters: str) -> Accepted | Refused:
    """The authorization response in form-encoded *parameters*, when it brings back the *state* that was sent."""
    try:
        pairs = parse_qsl(parameters, keep_blank_values=True, strict_parsing=True, max_num_fields=50, errors="strict")
    except ValueError:
        return _UNREADABLE
    found = dict(pairs)
    if len(found) != len(pairs):  # RFC 6749 section 3.1: none may stand there twice
        return _UNREADABLE
    if not hmac.compare_digest(found.get("state", "").encode(), state.encode()):
        return ANOTHER_SIGN_IN
    return Accepted(found)


def _posted(expected: Expected, came: Came) -> Accepted | Refused:
    """What our own page posted: a browser names the page's origin, and no other page can claim ours."""
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
    """Whether a person's window went there: not a script's request, an image, a frame (Fetch Metadata, W3C)."""
    return headers.get("sec-fetch-mode", "navigate") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"
