"""The protocols of schemes and grants: the members that the engine uses, and the values that it hands to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal, Protocol, TypeGuard

from ..message import Headers, Place, Request
from ..secret import Secret
from .language import Flow
from .token import Standing, Token


class Ambient(Protocol):
    """Time and chance, handed in so that published vectors can fix them."""

    def now(self) -> datetime:
        """The time now, with a time zone."""

    def nonce(self) -> str:
        """A fresh unguessable text of letters and digits."""


class Remembering(Ambient, Protocol):
    """The values that a scheme is handed: time, chance, and its memory."""

    @property
    def scope(self) -> str:
        """Names the environment and the credential, or the rule of one that stands inline: whose a kept thing is."""

    def recall[T](self, make: Callable[[], T]) -> T:
        """The value that a scheme keeps between requests: one for each rule, principal and origin; *make* makes the first.

        It may be forgotten at any time, and then costs another challenge, never more.
        """


class Grant(Protocol):
    """How a token is obtained. ``flow.bases.GrantBase`` holds the defaults."""

    grant: ClassVar[str]
    interactive: ClassVar[bool]
    """True when the grant needs a person; then it is an :class:`InteractiveGrant`."""
    accumulates: ClassVar[bool]
    """True when its token gathers what origins give, and says of each piece which hosts that is for: a jar of cookies."""

    @property
    def key(self) -> str:
        """Identifies the token by the resolved parameters that obtain it; holds no secret in the clear."""

    @property
    def authorization_server(self) -> str:
        """The issuer of the token, to be shown: the token endpoint's URL, or the issuer it is discovered from."""

    @property
    def further_endpoints(self) -> tuple[str, ...]:
        """The URLs, beside the token endpoint's, at which the configuration lets a token be asked about or revoked."""

    @property
    def refresh(self) -> bool:
        """True when a refresh token that the server gave is used."""

    @property
    def refresh_token(self) -> Secret | None:
        """The refresh token that the configuration gives, before any token was obtained."""

    @property
    def refresh_ahead(self) -> timedelta | Literal["auto"]:
        """The time before a token's end at which the next one is obtained; ``auto`` takes a part of its lifetime."""

    @property
    def dpop(self) -> bool:
        """True when the token is bound to a key of ours (RFC 9449)."""

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Obtain a token; *previous* is the one it replaces, when there was one.

        Its flow asks for ``Fetch``, and for the ``GetToken`` of another grant where that one's token is exchanged.
        """


class InteractiveGrant(Grant, Protocol):
    """How a token is obtained with a person. Its :meth:`obtain` refreshes, and never asks a person.

    ``obtain`` raises InteractionRequired where it cannot.
    """

    def sign_in(self, ambient: Ambient, *, device: bool = False) -> Flow[Token]:
        """Obtain a token with a person; *device* lets them sign in on another device (RFC 8628)."""


def needs_person(grant: Grant) -> TypeGuard[InteractiveGrant]:
    """True when *grant* obtains its first token with a person."""
    return grant.interactive


@dataclass(frozen=True, slots=True)
class SourceCredential:
    """Another credential, where its token is what a grant presents: its name, and how its token is obtained."""

    credential: str
    grant: Grant


class Stamp(Protocol):
    """Authorises requests that share a head and differ in body and time alone. It changes headers and nothing else."""

    @property
    def headers(self) -> Headers:
        """The client's headers that stay."""

    def fields(self, body: bytes, now: datetime) -> tuple[tuple[str, str], ...]:
        """The headers to put behind them on a request with *body*, sent at *now*."""


class Scheme(Protocol):
    """How a credential is put on a request. ``flow.bases.SchemeBase`` holds the defaults."""

    type: ClassVar[str]
    binds_connection: ClassVar[bool]
    """True when it authenticates a connection (RFC 4559): then that is HTTP/1.1, and serves one rule's requests of one client."""

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of its credential: what a client sent there is its own credential (rule option ``on_existing``)."""

    def reads_body(self, request: Request, /) -> bool:
        """True when *request*, of which the head alone is there yet, is authorised with its body; else that streams past."""

    def authorize(self, request: Request, ambient: Remembering) -> Flow[None]:
        """Authorise *request*."""

    @property
    def grant(self) -> Grant | None:
        """The grant that obtains the scheme's token; ``None`` when the scheme has no token."""

    @property
    def use(self) -> Literal["access_token", "id_token"]:
        """The part of the token that the scheme presents."""

    def standing(self, held: Callable[[Grant], Token | None], /) -> Standing | None:
        """The header field that the scheme sets on every request; ``None`` when only the flow can tell.

        With a field the proxy authorises most requests without running :meth:`authorize`.

        Args:
            held: looks up a token that the broker holds.
        """

    def stamp(self, request: Request, ambient: Remembering, /) -> Stamp | None:
        """A stamp, when the signature depends on head, body and time alone; ``None`` when only the flow can tell.

        With a stamp the proxy signs further requests of the same head without running :meth:`authorize`, unless a listener
        wants the notes.

        Args:
            request: a request with that head.
            ambient: time, chance and memory, as in :meth:`authorize`.
        """
