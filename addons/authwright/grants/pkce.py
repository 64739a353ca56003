"""Proof Key for Code Exchange (RFC 7636): only the client that began a sign-in can use its code, even if the code leaks."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final, Literal, NamedTuple

from ..flow.protocols import Ambient
from ..parameters import ParameterError
from ..secret import Secret

type Pkce = Literal["S256", "plain", "off"]

_SHORTEST: Final = 43
_VERIFIER: Final = re.compile(r"[A-Za-z0-9\-._~]{43,128}\Z")
"""Section 4.1."""


class Proof(NamedTuple):
    """The parameters that PKCE adds to the authorization request and the token request; empty when PKCE is off."""

    challenge: tuple[tuple[str, str], ...] = ()
    verifier: tuple[tuple[str, str], ...] = ()


def proof_of(pkce: Pkce, given: Secret | None, ambient: Ambient) -> Proof:
    """The proof for one sign-in, by the *given* verifier or a fresh one."""
    if pkce == "off":
        return Proof()
    verifier = given.reveal() if given is not None else _fresh(ambient)
    challenge = code_challenge(verifier) if pkce == "S256" else verifier
    return Proof((("code_challenge", challenge), ("code_challenge_method", pkce)), (("code_verifier", verifier),))


def code_challenge(verifier: str) -> str:
    """The challenge of the method S256 (section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def check_verifier(pkce: Pkce, given: Secret | None) -> None:
    """Refuse a verifier that no server accepts, or that would not be sent.

    Raises:
        ParameterError: pointing at ``code_verifier``.
    """
    if given is None:
        return
    if pkce == "off":
        raise ParameterError("code_verifier", "pkce: off sends no code_verifier, and one is given.", "Leave one of them out")
    if not _VERIFIER.match(given.reveal()):
        raise ParameterError(
            "code_verifier", "code_verifier is not 43 to 128 letters, digits, or -._~ (RFC 7636).", "Leave it out for a fresh one"
        )


def _fresh(ambient: Ambient) -> str:
    verifier = ""
    while len(verifier) < _SHORTEST:
        verifier += ambient.nonce()
    return verifier
