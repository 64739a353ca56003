"""Digest access authentication (RFC 7616, and RFC 2617 for servers that are older).

The first request of a protection space asks for a challenge; other requests that need it wait. From then on requests carry
credentials at once. The scheme counts the nonce up, and replaces it when the server says so. Before an upload whose body can be
sent once the scheme sends a HEAD, which asks for the challenge and changes nothing. Sections are those of RFC 7616.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import ClassVar, NamedTuple

from ..errors import ChallengeError
from ..flow.bases import SchemeBase
from ..flow.commands import Forward, Note, forward, note
from ..flow.language import Flow
from ..flow.protocols import Remembering
from ..message import Place, Request, Response
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire import digest
from ..wire.challenge import parameters
from ..wire.digest import Count, DigestAlgorithm, Qop, Terms, is_sess
from ..wire.digest_offer import Given, offer
from ..wire.placement import in_header
from ..wire.probe import probe_of
from ..wire.protection_space import Spaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest(SchemeBase):
    """A user name and a password that never cross the network."""

    type: ClassVar[str] = "digest"
    places: ClassVar[tuple[Place, ...]] = (Place("header", "Authorization"),)

    username: str = param("The user name.", example="alice")
    password: Secret = param("The password.", example="${env:API_PASSWORD}")
    realm: str = param("The realm; where nonce is given too, no challenge is asked for.", default="", advanced=True)
    nonce: str = param("The server's nonce.", default="", advanced=True)
    algorithm: DigestAlgorithm | None = param(
        "The algorithm to answer with, and no other; else the strongest that is offered.", default=None, advanced=True
    )
    qop: Qop | None = param(
        "The quality of protection; auth-int signs the body, which is read first.", default=None, advanced=True
    )
    nc: str = param("The nonce count, eight hexadecimal digits; else every request counts up.", default="", advanced=True)
    cnonce: str = param("The client's nonce.", default="", advanced=True)
    opaque: str | None = param("The server's opaque text.", default=None, advanced=True)
    retry: bool = param("Whether a challenge is answered; else each request is sent once.", default=True)

    def __post_init__(self) -> None:
        if not self.username:
            raise ParameterError("username", "the user name is empty")
        if self.nc and not re.fullmatch(r"[0-9a-fA-F]{8}", self.nc):
            raise ParameterError("nc", "nc is not eight hexadecimal digits", 'nc: "00000001"')

    def reads_body(self, request: Request) -> bool:  # noqa: ARG002 - the credential says it
        return self.qop == "auth-int"

    def authorize(self, request: Request, ambient: Remembering) -> Flow[None]:
        memory = _Memory(self, request, ambient, ambient.recall(Spaces))
        # Section 3.6: a client that knows the challenge of the protection space sends credentials at once.
        space, fresh = (yield from memory.spaces.find(request.path)) or memory.configured(), False
        if space is None:  # Section 3.3: else the server challenges it.
            space, fresh = (yield from self._challenge(request, memory)), True
        while space is not None:
            response = yield from self._respond(request, space)
            if response.status != 401:
                return
            # Section 3.3, stale: the server may refuse the nonce and not the password.
            following = memory.after(response, space, fresh=fresh)
            space, fresh = following if self.retry else None, True

    def _challenge(self, request: Request, memory: _Memory) -> Generator[Forward, Response, Space | None]:
        """Send *request*, or a HEAD before it, without credentials; the space to answer in, if any."""
        question = probe_of(request) if self.retry else request
        space = memory.learn((yield from memory.spaces.ask(question, f"challenge: Digest from {request.origin}")))
        if space is None and question is not request:
            memory.learn((yield from forward(request)))
        return space if self.retry else None

    def _respond(self, request: Request, space: Space) -> Generator[Forward | Note, Response, Response]:
        """Send *request* with the response to the challenge of *space* (section 3.4)."""
        terms = space.terms
        if terms.qop == "auth-int" and self.qop != "auth-int":
            raise ChallengeError(
                "The origin wants bodies to be signed (qop auth-int), and this rule does not read them.",
                hint="Let the credential say qop: auth-int",
            )
        use = space.next()
        a1 = digest.a1(terms, use, self.username, self.password.reveal())
        a2 = digest.a2(terms, request)
        yield from note("A1", a1.shown)
        yield from note("A2", a2)
        response = digest.response_of(terms, use, a1.hashed, a2)
        credentials = digest.credentials(terms, use, self.username, request.target, response)
        answer = yield from forward(in_header(request, "Authorization", "Digest", credentials), Secret(response))
        self._take_nextnonce(answer, space)
        return answer

    def _take_nextnonce(self, response: Response, space: Space) -> None:
        """Go on with the nonce that the server wants next (section 3.5), unless the configuration gives the nonce."""
        nextnonce = parameters(response.headers.get("Authentication-Info") or "").get("nextnonce")
        # Section 3.4.2: with -sess A1 stays what the challenge's own nonce made it, so that nonce is kept.
        if nextnonce and not self.nonce and not is_sess(space.terms.algorithm):
            space.renew(nextnonce)


@dataclass(slots=True, eq=False)
class Space:
    """A protection space whose challenge is known.

    Args:
        terms: what to answer under.
        cnonce: the client's nonce, the same for the nonce's life.
        nc: the nonce count that the configuration gives.
    """

    terms: Terms
    cnonce: str
    nc: str = ""
    _uses: Iterator[int] = field(default_factory=lambda: count(1))

    def next(self) -> Count:
        """The next use of the nonce; no two requests get the same."""
        return Count(self.nc or f"{next(self._uses):08x}", self.cnonce)

    def renew(self, nonce: str) -> None:
        """Go on with the *nonce* that the server wants next (RFC 7616 section 3.5)."""
        self.terms, self._uses = replace(self.terms, nonce=nonce), count(1)


class _Memory(NamedTuple):
    """The origin's protection spaces as one request finds and leaves them.

    Args:
        scheme: the credential's parameters.
        request: the client's request.
        ambient: gives the client's nonce.
        spaces: kept between requests, for one rule, principal and origin.
    """

    scheme: Digest
    request: Request
    ambient: Remembering
    spaces: Spaces[Space]

    def configured(self) -> Space | None:
        """The space whose challenge the configuration gives."""
        terms = self._given.terms
        return None if terms is None else self._kept(terms, ("/",))

    def learn(self, response: Response) -> Space | None:
        """The space whose challenge *response* holds. A response without one is remembered, too."""
        found = offer(self.request, response, self._given)
        if found is None:
            self.spaces.keep(None, self.request.path)
            return None
        return self._kept(found.terms, found.roots)

    def after(self, response: Response, rejected: Space, *, fresh: bool) -> Space | None:
        """The space to answer in after the server refused *rejected*; ``None`` when the password was wrong.

        Not every server says ``stale`` when a nonce is too old. So a nonce of an earlier request is replaced whatever the
        server says; a *fresh* one, which this request learned, only where the server says ``stale``.
        """
        if self.scheme.nonce:
            return None  # the configuration gives the nonce: there is no other, and its uses go on being counted
        current = self.spaces.at(self.request.path)
        if current is not None and current is not rejected and not fresh:
            return current
        found = offer(self.request, response, self._given)
        if found is None or (fresh and not found.stale):
            self.spaces.forget(rejected)
            return None
        return self._kept(found.terms, found.roots)

    @property
    def _given(self) -> Given:
        scheme = self.scheme
        return Given(scheme.realm, scheme.nonce, scheme.algorithm or "", scheme.qop or "", scheme.opaque)

    def _kept(self, terms: Terms, roots: tuple[str, ...]) -> Space:
        space = Space(terms, self.scheme.cnonce or self.ambient.nonce(), self.scheme.nc)
        self.spaces.keep(space, self.request.path, roots)
        return space
