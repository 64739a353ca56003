"""The choice among a server's Digest challenges (RFC 7616 sections 3.3 and 3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urljoin

from ..errors import ChallengeError, RequestError
from ..message import Request, Response
from .challenge import challenges
from .digest import Terms, strength

_MOST_ROOTS: Final = 32


class Given(NamedTuple):
    """The parameters that the configuration gives, which override the challenge's; empty where it gives none."""

    realm: str = ""
    nonce: str = ""
    algorithm: str = ""
    qop: str = ""
    opaque: str | None = None

    @property
    def terms(self) -> Terms | None:
        """The terms, when the configuration gives enough of them; ``None`` when a challenge is needed."""
        if not (self.realm and self.nonce):
            return None
        return Terms(realm=self.realm, nonce=self.nonce, algorithm=self.algorithm, qop=self.qop, opaque=self.opaque)


class Offer(NamedTuple):
    """A challenge that can be answered.

    Args:
        terms: the parameters to answer with.
        stale: whether the credentials were right and only the nonce was too old.
        roots: the paths, with all below them, that the answer is good for.
    """

    terms: Terms
    stale: bool
    roots: tuple[str, ...]


def offer(request: Request, response: Response, given: Given) -> Offer | None:
    """The strongest Digest challenge of *response*; ``None`` when it holds none.

    Raises:
        ChallengeError: none of them can be answered as *given*.
    """
    if response.status != 401:
        return None
    offered = [each.parameters for each in challenges(response.headers) if each.scheme == "digest"]
    usable = [each for each in offered if _is_usable(each, given)]
    if offered and not usable:
        raise _unusable(offered, given)
    return _taken(max(usable, key=lambda each: strength(_algorithm(each))), request, given) if usable else None


def _is_usable(said: Mapping[str, str], given: Given) -> bool:
    algorithm = _algorithm(said).upper()
    if given.algorithm and algorithm != given.algorithm.upper():
        return False
    return (
        strength(algorithm) >= 0 and bool(given.qop or _qop(said) or not said.get("qop")) and "realm" in said and "nonce" in said
    )


def _taken(said: Mapping[str, str], request: Request, given: Given) -> Offer:
    terms = Terms(
        realm=given.realm or said["realm"],
        nonce=given.nonce or said["nonce"],
        algorithm=given.algorithm or said.get("algorithm", ""),
        qop=given.qop or _qop(said),
        opaque=said.get("opaque") if given.opaque is None else given.opaque,
        userhash=_is_true(said, "userhash"),
        utf8=said.get("charset", "").upper() == "UTF-8",
    )
    return Offer(terms, _is_true(said, "stale"), _roots(said.get("domain", ""), request))


def _algorithm(said: Mapping[str, str]) -> str:
    return said.get("algorithm") or "MD5"


def _qop(said: Mapping[str, str]) -> str:
    """The qop to choose. ``auth-int`` comes last, since the proxy must read the body for it."""
    offered = {each.strip().lower() for each in said.get("qop", "").split(",")}
    return next((qop for qop in ("auth", "auth-int") if qop in offered), "")


def _is_true(said: Mapping[str, str], name: str) -> bool:
    return said.get(name, "").lower() == "true"


def _roots(domain: str, request: Request) -> tuple[str, ...]:
    """The paths in *domain* that are on the origin of *request*. Other origins do not get this origin's credentials."""
    found = []
    for each in domain.split()[:_MOST_ROOTS]:
        try:
            target = Request.of("GET", urljoin(request.url, each))
        except (RequestError, ValueError):
            continue
        if target.origin == request.origin:
            found.append(target.path)
    return tuple(found) if domain.strip() else ("/",)


def _unusable(offered: list[Mapping[str, str]], given: Given) -> ChallengeError:
    said = "; ".join(f"algorithm {_algorithm(each)}, qop {each.get('qop') or 'none'}" for each in offered)
    wanted = f" with {given.algorithm}" if given.algorithm else ""
    return ChallengeError(
        f"The origin's Digest challenge ({said[:200]}) cannot be answered{wanted}.",
        hint="Let the rule name an algorithm that the origin offers, or none: then the strongest is taken.",
    )
