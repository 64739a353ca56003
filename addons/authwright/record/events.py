"""Events: what happened to one exchange, as frozen values in the order in which it happened.

An exchange begins with :class:`Began` and ends with :class:`Ended`. An intermediate product of a scheme is an event as the
scheme gave it (``flow.commands.Note``). Requests of our own that no exchange caused, tunnels and sign-ins are sequences
without :class:`Began`.

Events keep messages whole, with their secrets, and show none of them in a ``repr``. Moments are the ambient clock's, in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from ..errors import AuthwrightError
from ..flow.commands import Note
from ..message import Headers, Request, Response
from ..secret import Redactor, Secret

type TokenSource = Literal["", "cached", "fetched"]
type Side = Literal["request", "response"]


@dataclass(frozen=True, slots=True)
class Began:
    """A client's request came.

    Args:
        request: as the client sent it; without its body while that is still to come.
        at: when.
        environment: the active environment.
    """

    request: Request = field(repr=False)
    at: datetime
    environment: str = ""


@dataclass(frozen=True, slots=True)
class BodyRead:
    """The body of the client's request was read, so that it can be signed; *request* is the whole of it."""

    request: Request = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """A rule matched.

    Args:
        rule: the rule's name.
        location: where the rule stands, as ``file:line``.
        credential: the credential's name; empty when it stands inline.
        type: the authentication scheme; ``none`` when the rule says so.
        why: how the rule was chosen.
    """

    rule: str
    location: str = ""
    credential: str = ""
    type: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Because:
    """More about why the request is treated as it is."""

    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RedactedBy:
    """The texts of this exchange are shown through *redactor*, which knows the credential's secrets."""

    redactor: Redactor = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hidden:
    """These secrets are hidden, too, wherever the exchange is shown."""

    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class TokenTaken:
    """The credential's token is at hand: a held one, or one that was fetched for this exchange."""

    source: TokenSource


@dataclass(frozen=True, slots=True)
class Waited:
    """The exchange waited for a token, a secret or another exchange, for *ms* milliseconds."""

    ms: float


@dataclass(frozen=True, slots=True)
class Needed:
    """A dry run could go no further without *what*, which only the network gives."""

    what: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of our own: for a token, for metadata, of a sign-in.

    Args:
        request: as it left.
        response: the answer; ``None`` when none came.
        at: when it left.
        ms: milliseconds until the whole answer was there, or the failure.
        error: why no answer came.
    """

    request: Request = field(repr=False)
    response: Response | None = field(repr=False)
    at: datetime
    ms: float
    error: AuthwrightError | None = None

    @property
    def sentence(self) -> str:
        """One line about it, without its query, its headers and its body."""
        path = self.request.target.partition("?")[0]
        came = "no answer" if self.response is None else self.response.status
        return f"{self.request.method} {self.request.origin}{path}: {came} in {self.ms:.0f} ms"

    def outlined(self) -> Asked:
        """The same without headers and bodies: enough for its sentence."""
        request, response = self.request, self.response
        bare = Request(request.method, request.origin, request.path)
        return replace(self, request=bare, response=response and replace(response, headers=Headers(), body=b""))


@dataclass(frozen=True, slots=True)
class Sent:
    """The request left for the origin, as *request*."""

    request: Request = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """The head of an origin's response came."""

    response: Response = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class BodyPassed:
    """A body passed the proxy: the request's as the client sent it, or a response's as the origin sent it.

    Args:
        side: whose body it is.
        content: its first bytes, without chunks' framing.
        length: bytes of all its content that came.
        sha256: the digest of all that content, in hexadecimal. It is not shown either, as a short secret could be guessed by it.
        complete: whether the body came to its end.
        at: when it ended.
    """

    side: Side
    content: bytes = field(repr=False)
    length: int
    sha256: str = field(repr=False)
    complete: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    """The request cannot be authorised, or its answer is not what the scheme demands: nothing more is sent."""

    error: AuthwrightError


@dataclass(frozen=True, slots=True)
class CameFrom:
    """The client's address, as its connection says it."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The exchange is over.

    Args:
        at: when.
        error: why the request was refused or could not be delivered; ``None`` when the client has the origin's response.
    """

    at: datetime
    error: AuthwrightError | None = None


@dataclass(frozen=True, slots=True)
class Tunnelled:
    """TLS began within a tunnel.

    Args:
        host: where the tunnel goes.
        port: the same.
        sealed: whether it stays closed to the proxy. The requests within an open one are exchanges of their own.
        at: when.
    """

    host: str
    port: int
    sealed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class SignInBegan:
    """A person is asked to sign in.

    Args:
        credential: whose token that gives.
        environment: the active environment.
        grant: the grant's name.
        authorization_server: where the person signs in.
        at: when.
    """

    credential: str
    environment: str
    grant: str
    authorization_server: str
    at: datetime


type Event = (
    Began
    | BodyRead
    | Decided
    | Because
    | RedactedBy
    | Hidden
    | Note
    | TokenTaken
    | Waited
    | Needed
    | Asked
    | Sent
    | Answered
    | BodyPassed
    | Failed
    | CameFrom
    | Ended
    | Tunnelled
    | SignInBegan
)


def weight(events: Iterable[Event]) -> int:
    """How many bytes of bodies *events* keep in memory, at most."""
    total = 0
    for event in events:
        match event:
            case Began(request=request) | BodyRead(request=request) | Sent(request=request):
                total += len(request.body)
            case Asked(request=request, response=response):
                total += len(request.body) + (len(response.body) if response is not None else 0)
            case BodyPassed(content=content):
                total += len(content)
            case _:
                pass
    return total


type Asking = Callable[[Asked], None]
"""Is told of each request of our own."""


def unheard(_: Asked) -> None:
    """An :data:`Asking` that listens to nothing."""
