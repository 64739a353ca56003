"""The language of flows: what an authentication scheme may ask of the world, and nothing else.

A scheme is a generator that reads like its standard's sequence diagram. It asks by yielding one of a few commands and
is answered by the engine; it never opens a connection, reads a clock or stores a thing. So every protocol can be tested
by answering by hand, and ``explain`` is the same generator run up to its first unanswered question.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

from .message import Headers, Place, Request, Response
from .secret import Secret


class Ambient(Protocol):
    """Time and chance, handed in so that published vectors can fix them."""

    def now(self) -> datetime:
        """The time now, with a time zone."""

    def nonce(self) -> str:
        """A fresh unguessable text of letters and digits."""


class Remembering(Ambient, Protocol):
    """What a scheme is handed: time, chance, and what it kept."""

    @property
    def scope(self) -> str:
        """Names the environment and the credential, or the rule of one that stands inline: whose a kept thing is."""

    def recall[T](self, make: Callable[[], T]) -> T:
        """What a scheme keeps between requests: one value for each rule, principal and origin; *make* makes the first.

        It may be forgotten at any time, and then costs another challenge, never more.
        """


@dataclass(frozen=True, slots=True)
class Token:
    """What a grant obtained (RFC 6749 section 5.1).

    Args:
        access_token: the token to present.
        expires_at: when it ends; ``None`` when the server did not say: then it is used until it is rejected.
        obtained_at: when it was obtained; with ``expires_at`` it gives the lifetime.
        refresh_token: what obtains the next one.
        token_type: how it is presented, as the server spelt it.
        scope: the granted scope, when the server said it.
        id_token: an OpenID Connect ID token that came with it.
        dpop_key: the private key that the token is bound to (RFC 9449), as a JWK in JSON; it stays with the token, since a
            refresh token of a public client is bound to it, too.
        cookies: a cookie jar (``wire.cookie_jar``), of which the access token is then only the name.
    """

    access_token: Secret
    expires_at: datetime | None = None
    obtained_at: datetime | None = None
    refresh_token: Secret | None = None
    token_type: str = "Bearer"
    scope: str = ""
    id_token: Secret | None = None
    dpop_key: Secret | None = None
    cookies: Secret | None = None


class Standing(NamedTuple):
    """A header field that is the same on every request, while *token* is the one that is held.

    Its value is *secret* after *prefix* and a space, or *secret* alone when there is no prefix.
    """

    name: str
    prefix: str
    secret: Secret
    token: Token | None = None


class Grant(Protocol):
    """How a token is obtained."""

    grant: ClassVar[str]

    @property
    def key(self) -> str:
        """Identifies the token by the resolved parameters that obtain it; holds no secret in the clear."""

    @property
    def authorization_server(self) -> str:
        """Who gives the token, to be shown: the token endpoint's URL, or the issuer it is discovered from."""

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Obtain a token; *previous* is the one it replaces, when there was one.

        Its flow asks for ``Fetch``, and for the ``GetToken`` of another grant where that one's token is exchanged.
        """


@runtime_checkable
class InteractiveGrant(Grant, Protocol):
    """How a token is obtained with a person. Its :meth:`obtain` refreshes, and never asks for anybody.

    ``obtain`` raises InteractionRequired where it cannot.
    """

    def sign_in(self, ambient: Ambient, *, device: bool = False) -> Flow[Token]:
        """Obtain a token with a person; *device* lets them sign in on another device (RFC 8628)."""


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """What signs a request to AWS (AWS Security Token Service API reference, "Credentials").

    Args:
        access_key_id: which key it is; no secret.
        secret_access_key: the key itself.
        session_token: what goes with keys that end.
        expires_at: when they end; ``None`` when nobody said.
        region: the region that stands beside them in a profile or the environment.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None
    expires_at: datetime | None = None
    region: str = ""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What of them must not be seen."""
        return (self.secret_access_key,) if self.session_token is None else (self.secret_access_key, self.session_token)


@dataclass(frozen=True, slots=True)
class Source:
    """Another credential, where its token is what a grant presents: its name, and how its token is obtained."""

    credential: str
    grant: Grant


class Stamp(Protocol):
    """What authorises requests of one head, whose body and time alone differ: by headers, with all else as it came."""

    @property
    def headers(self) -> Headers:
        """What stays of the client's headers."""

    def fields(self, body: bytes, now: datetime) -> tuple[tuple[str, str], ...]:
        """What is put behind them on a request with *body*, where the clock shows *now*."""


class Scheme(Protocol):
    """How a credential is put on a request."""

    type: ClassVar[str]
    binds_connection: ClassVar[bool]
    """Whether it authenticates a connection (RFC 4559): then that is HTTP/1.1, and serves one rule's requests of one client."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Where its credential stands: what a client sent there is its own credential (rule option ``on_existing``)."""

    def reads_body(self, request: Request) -> bool:
        """Whether *request*, of which the head alone is there yet, is authorised with its body; else that streams past."""

    def authorize(self, request: Request, ambient: Remembering) -> Flow[None]:
        """Authorise *request*.

        A scheme that always does so by setting one and the same header field may say it in a method more, ``standing``, which
        is handed what looks up a held token: then most requests are authorised without running this. One that signs the head,
        the body and the time, and nothing else, may say it in a method ``stamp``, which is handed what this is: then requests of
        a head that is known are, when nobody wants to see the notes.
        """


@dataclass(frozen=True, slots=True)
class Forward:
    """Send the client's request upstream, as it is here; answered with the response.

    Where the client's request is ``streamed`` and this one is not, it is sent with the body that it carries and the client's
    own waits: a probe, whose answer the client never sees. A probe may be a HEAD, and nothing else but the client's method.
    ``hide`` names what was made for it and must not be seen in a trace, beside the configuration's own secrets.
    ``needs`` says what its answer must bring before the request can be authorised; ``explain`` names it.
    ``judges`` says that the scheme looks at any answer before the client sees it, and may refuse it; else only at errors.
    """

    request: Request
    hide: tuple[Secret, ...] = field(default=(), compare=False)
    needs: str = field(default="", compare=False)
    judges: bool = field(default=False, compare=False)


class ClientCertificate(NamedTuple):
    """A certificate that a client authenticates with in TLS, and its private key, both in PEM (RFC 8705 section 2)."""

    certificate: str
    key: Secret

    def __repr__(self) -> str:
        return "ClientCertificate(…)"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Send a request of our own; answered with the response.

    Args:
        request: what is sent.
        certificate: what the client presents in TLS; the connection is nobody else's then.
        max_age: how old an answer may be that was had before, to the same request (RFC 9111 section 5.2.1.1).
    """

    request: Request
    certificate: ClientCertificate | None = None
    max_age: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class GetToken:
    """Ask for a valid token.

    Args:
        grant: how it is obtained.
        rejected: one that was refused.
        credential: whose it is, where that is not the credential of the request.
    """

    grant: Grant
    rejected: Token | None = None
    credential: str = ""


@dataclass(frozen=True, slots=True)
class GetAccessKeys:
    """Ask for valid access keys of AWS: those of *profile*; where it is empty, of the environment or the default profile."""

    profile: str = ""


@dataclass(frozen=True, slots=True)
class Listen:
    """Be ready for the redirect before anybody is sent away; answered with the redirect URI as it is then reachable.

    A loopback URI without a port gets a free one (RFC 8252 section 7.3); a URI that is not of this machine stays as it is.
    """

    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Amend:
    """Replace the held token by what *change* makes of it: an origin gave another cookie. Never answered."""

    grant: Grant
    change: Callable[[Token], Token]


@dataclass(frozen=True, slots=True)
class Authorize:
    """Ask a person to sign in with a browser; answered with the parameters of the redirect (RFC 6749 section 4.1.2).

    ``response_mode`` says in which part of the redirect URI they stand.
    """

    url: str
    redirect_uri: str
    state: str
    response_mode: Literal["query", "fragment"] = "query"


@dataclass(frozen=True, slots=True)
class Verify:
    """Ask a person to enter a code at a page, with any device (RFC 8628 section 3.3); answered after *interval* seconds.

    Whether they did is for the token endpoint to say. Asked again with the same code, it only waits.
    """

    verification_uri: str
    user_code: str
    verification_uri_complete: str = ""
    interval: float = 5

    def every(self, interval: float) -> Verify:
        """The same, answered after another *interval*."""
        return replace(self, interval=interval)


class Turn:
    """What one request asks for many: whoever needs the same answer waits until it is over."""

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
class Await:
    """Wait until another request's *turn* is over, or has taken too long. Answered with nothing."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Compute:
    """Do *work*, which may block, where nobody else waits for it; answered with its result."""

    work: Callable[[], Any] = field(compare=False)


class Note(NamedTuple):
    """An intermediate product for the trace, such as a canonical request. Never answered."""

    label: str
    text: str


type Command = Forward | Fetch | GetToken | GetAccessKeys | Amend | Listen | Authorize | Verify | Await | Compute | Note
type Flow[T] = Generator[Command, Any, T]


def forward(request: Request, *hide: Secret, needs: str = "", judges: bool = False) -> Generator[Forward, Response, Response]:
    """Ask for *request* to be sent upstream."""
    return (yield Forward(request, hide, needs, judges))


def fetch(
    request: Request, certificate: ClientCertificate | None = None, max_age: timedelta = timedelta(0)
) -> Generator[Fetch, Response, Response]:
    """Ask for a request of our own."""
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


def get_access_keys(profile: str) -> Generator[GetAccessKeys, AccessKeys, AccessKeys]:
    """Ask for access keys of AWS."""
    return (yield GetAccessKeys(profile))


def compute[T](work: Callable[[], T]) -> Generator[Compute, T, T]:
    """Ask for *work* to be done off the event loop."""
    return (yield Compute(work))


def note(label: str, text: str) -> Generator[Note, None, None]:
    """Show an intermediate product."""
    yield Note(label, text)
