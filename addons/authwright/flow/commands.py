"""Every command that a scheme or a grant may give.

A scheme is a generator that reads like its standard's sequence diagram. It yields one of a few commands, and the engine
answers. A scheme never opens a connection, reads a clock or stores a value. So a test can answer by hand, and ``explain``
runs the same generator up to its first unanswered question.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from ..message import Request, Response
from ..secret import Secret
from .language import Command
from .protocols import Grant
from .token import Token


@dataclass(frozen=True, slots=True)
class Forward(Command):
    """Send *request* upstream for the client; answered with the response.

    When the client's request is ``streamed`` and *request* is not, *request* is a probe. The client's body waits, and the
    client never sees the response. A probe has the client's method or is a HEAD.

    Args:
        request: the request to send.
        hide: secrets that the flow made, which a trace hides beside the configuration's.
        needs: what the response must bring before the request can be authorised; ``explain`` names it.
        judges: whether the scheme checks every response before the client sees it, and may refuse it; else only errors.
    """

    request: Request
    hide: tuple[Secret, ...] = field(default=(), compare=False)
    needs: str = field(default="", compare=False)
    judges: bool = field(default=False, compare=False)


class ClientCertificate(NamedTuple):
    """A certificate by which a client authenticates in TLS, and its private key, both in PEM (RFC 8705 section 2)."""

    certificate: str
    key: Secret

    def __repr__(self) -> str:
        return "ClientCertificate(…)"


@dataclass(frozen=True, slots=True)
class Fetch(Command):
    """Send a request of the proxy's own; answered with the response.

    Args:
        request: the request to send.
        certificate: presented in TLS, on a connection that no other client shares.
        max_age: seconds that a stored response to the same request may be old (RFC 9111 section 5.2.1.1).
    """

    request: Request
    certificate: ClientCertificate | None = None
    max_age: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class GetToken(Command):
    """Ask for a valid token.

    Args:
        grant: obtains the token.
        rejected: the token that a server refused.
        credential: the credential that the token belongs to, when that is not the request's.
    """

    grant: Grant
    rejected: Token | None = None
    credential: str = ""


@dataclass(frozen=True, slots=True)
class Provide[T](Command):
    """Ask the engine for a valid value that it keeps for flows, such as the access keys of a profile.

    Args:
        kind: the class of the value. The engine has one provider for each kind.
        name: which value of that kind; empty for the one that is used when none is named.
    """

    kind: type[T]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Listen(Command):
    """Listen for the redirect before the person leaves for the browser; answered with the redirect URI that is reachable.

    A loopback URI without a port gets a free one (RFC 8252 section 7.3); a URI of another machine stays as it is.
    """

    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Amend(Command):
    """Replace the held token by ``change(token)``, as when an origin sets another cookie. Never answered."""

    grant: Grant
    change: Callable[[Token], Token]


@dataclass(frozen=True, slots=True)
class Authorize(Command):
    """Ask a person to sign in with a browser; answered with the parameters of the redirect (RFC 6749 section 4.1.2).

    ``response_mode`` says which part of the redirect URI holds them.
    """

    url: str
    redirect_uri: str
    state: str
    response_mode: Literal["query", "fragment"] = "query"


@dataclass(frozen=True, slots=True)
class Verify(Command):
    """Ask a person to enter a code at a page, with any device (RFC 8628 section 3.3); answered after *interval* seconds.

    The token endpoint says whether the person did. Given again with the same code, the command only waits.
    """

    verification_uri: str
    user_code: str
    verification_uri_complete: str = ""
    interval: float = 5

    def every(self, interval: float) -> Verify:
        """The same, answered after another *interval*."""
        return replace(self, interval=interval)


class Latch:
    """Marks a question that one request asks for many. Requests that need the same answer wait until it is over."""

    __slots__ = ("_waiting", "over")

    def __init__(self) -> None:
        self.over = False
        self._waiting: list[Callable[[], None]] = []

    def then(self, call: Callable[[], None]) -> None:
        """Do *call* when it is over."""
        self._waiting.append(call)

    def end(self) -> None:
        """Wake everyone."""
        self.over = True
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()


@dataclass(frozen=True, slots=True)
class Await(Command):
    """Wait until another request's *latch* is over, or has taken too long. Answered with nothing."""

    latch: Latch


@dataclass(frozen=True, slots=True)
class Compute(Command):
    """Do *work*, which may block, off the event loop; answered with its result."""

    work: Callable[[], Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Note(Command):
    """An intermediate product for the trace, such as a canonical request. Never answered."""

    label: str
    text: str


def forward(request: Request, *hide: Secret, needs: str = "", judges: bool = False) -> Generator[Forward, Response, Response]:
    """Ask for *request* to be sent upstream."""
    return (yield Forward(request, hide, needs, judges))


def fetch(
    request: Request, certificate: ClientCertificate | None = None, max_age: timedelta = timedelta(0)
) -> Generator[Fetch, Response, Response]:
    """Ask for a request of the proxy's own."""
    return (yield Fetch(request, certificate, max_age))


def get_token(grant: Grant, rejected: Token | None = None, credential: str = "") -> Generator[GetToken, Token, Token]:
    """Ask for a valid token."""
    return (yield GetToken(grant, rejected, credential))


def listen(redirect_uri: str) -> Generator[Listen, str, str]:
    """Ask to be ready for a redirect."""
    return (yield Listen(redirect_uri))


def authorize(
    url: str, redirect_uri: str, state: str, response_mode: Literal["query", "fragment"] = "query"
) -> Generator[Authorize, Mapping[str, str], Mapping[str, str]]:
    """Ask a person to sign in with a browser."""
    return (yield Authorize(url, redirect_uri, state, response_mode))


def amend(grant: Grant, change: Callable[[Token], Token]) -> Generator[Amend, None, None]:
    """Replace the held token."""
    yield Amend(grant, change)


def provide[T](kind: type[T], name: str = "") -> Generator[Provide[T], T, T]:
    """Ask for the value of *kind* that is called *name*."""
    return (yield Provide(kind, name))


def compute[T](work: Callable[[], T]) -> Generator[Compute, T, T]:
    """Ask for *work* to be done off the event loop."""
    return (yield Compute(work))


def note(label: str, text: str) -> Generator[Note, None, None]:
    """Show an intermediate product."""
    yield Note(label, text)
