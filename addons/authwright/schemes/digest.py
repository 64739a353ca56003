"""Digest access authentication (RFC 7616, and RFC 2617 for servers that are older).

The first request of a protection space asks for a challenge, and whoever needs it meanwhile waits. From then on requests carry
credentials at once: the nonce is counted up, and replaced when the server says so. An upload whose body can be sent once is
preceded by a HEAD, which asks for the challenge and can change nothing.
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
from ..wire.challenge import parameters
from ..wire.digest import Count, DigestAlgorithm, Qop, Terms, answer, is_sess
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
        known = _Known(self, request, ambient, ambient.recall(Spaces))
        space, told = (yield from known.spaces.find(request.path)) or known.given(), False
        if space is None:
            question = probe_of(request) if self.retry else request
            response = yield from known.spaces.ask(question, f"challenge: Digest from {request.origin}")
            space, told = known.learned(response), True
            if space is None and question is not request:
                known.learned((yield from forward(request)))
            if space is None or not self.retry:
                return
        response = yield from self._presented(request, space)
        while response.status == 401:
            space, told = known.after(response, space, told=told), True
            if space is None or not self.retry:
                return
            response = yield from self._presented(request, space)

    def _presented(self, request: Request, space: Space) -> Generator[Forward | Note, Response, Response]:
        if space.terms.qop == "auth-int" and self.qop != "auth-int":
            raise ChallengeError(
                "The origin wants bodies to be signed (qop auth-int), and this rule does not read them.",
                hint="Let the credential say qop: auth-int",
            )
        made = answer(space.terms, space.next(), self.username, self.password.reveal(), request)
        yield from note("A1", made.a1)
        yield from note("A2", made.a2)
        response = yield from forward(in_header(request, "Authorization", "Digest", made.credentials), Secret(made.response))
        following = parameters(response.headers.get("Authentication-Info") or "").get("nextnonce")
        # RFC 7616 section 3.4.2: with -sess A1 stays what the challenge's own nonce made it, so that nonce is kept.
        if following and not self.nonce and not is_sess(space.terms.algorithm):
            space.renew(following)
        return response


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


class _Known(NamedTuple):
    """What one request knows of its protection space."""

    scheme: Digest
    request: Request
    ambient: Remembering
    spaces: Spaces[Space]

    def given(self) -> Space | None:
        """The space whose challenge the configuration says."""
        terms = self._said.terms
        return None if terms is None else self._kept(terms, ("/",))

    def learned(self, response: Response) -> Space | None:
        """The space that *response* tells of; that it tells of none is kept in mind, too."""
        found = offer(self.request, response, self._said)
        if found is None:
            self.spaces.keep(None, self.request.path)
            return None
        return self._kept(found.terms, found.roots)

    def after(self, response: Response, rejected: Space, *, told: bool) -> Space | None:
        """What to answer a rejection under; ``None`` when it was the password that was wrong.

        Not every server says ``stale`` when a nonce is too old. So a nonce that was kept is replaced whatever it says, and
        one that this request was *told* of only where it does.
        """
        if self.scheme.nonce:
            return None  # it is what was given, and its uses go on being counted
        current = self.spaces.at(self.request.path)
        if current is not None and current is not rejected and not told:
            return current
        found = offer(self.request, response, self._said)
        if found is None or (told and not found.stale):
            self.spaces.forget(rejected)
            return None
        return self._kept(found.terms, found.roots)

    @property
    def _said(self) -> Given:
        scheme = self.scheme
        return Given(scheme.realm, scheme.nonce, scheme.algorithm or "", scheme.qop or "", scheme.opaque)

    def _kept(self, terms: Terms, roots: tuple[str, ...]) -> Space:
        space = Space(terms, self.scheme.cnonce or self.ambient.nonce(), self.scheme.nc)
        self.spaces.keep(space, self.request.path, roots)
        return space
