"""NTLM (MS-NLMP, MS-NTHT) and Kerberos (RFC 4559) over HTTP.

Both authenticate a connection. It belongs to one rule's requests of one client; once it is authenticated, its requests carry
no credentials. So a request goes out as it is. Only when the origin challenges it, the handshake follows on the same connection.
A body that can be sent once waits while HEADs make the handshake.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import ClassVar, Final

from ..errors import ChallengeError
from ..flow.bases import SchemeBase
from ..flow.commands import compute, forward, note
from ..flow.language import Flow
from ..flow.protocols import Remembering
from ..message import Place, Request, Response
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire import kerberos, ntlm
from ..wire.challenge import challenges
from ..wire.placement import in_header
from ..wire.probe import probe_of

_WRAPPERS: Final = ("NTLM", "Negotiate")
"""The schemes that carry NTLM, the plainer first. A server that offers Negotiate alone takes NTLM's messages in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ntlm(SchemeBase):
    """A Windows user's name and password; or, without them, the Kerberos ticket of the user who runs authwright."""

    type: ClassVar[str] = "ntlm"
    binds_connection: ClassVar[bool] = True
    places: ClassVar[tuple[Place, ...]] = (Place("header", "Authorization"),)

    username: str = param(
        "The user name, also as DOMAIN\\user or user@domain; without one a Kerberos ticket is presented.",
        default="",
        example="CORP\\alice",
    )
    password: Secret = param("The password.", default=Secret(""), example="${env:CORP_PASSWORD}")
    domain: str = param("The user's domain.", default="")
    workstation: str = param("The name of this machine, as the server is told.", default="")
    retry: bool = param("Whether a challenge is answered; else each request is sent once.", default=True)

    def __post_init__(self) -> None:
        if self.domain and "\\" in self.username:
            raise ParameterError("domain", "the domain stands in the user name already", "write the user name without it")
        if not self.username and self.password:
            raise ParameterError("username", "there is a password, and no user name", "username: DOMAIN\\user")
        if not self.username:
            kerberos.check_installed()

    def authorize(self, request: Request, ambient: Remembering) -> Flow[None]:
        question = probe_of(request) if self.retry else request
        response = yield from forward(question, needs=f"challenge: NTLM or Negotiate from {request.origin}")
        wrapper = _offered(response, _WRAPPERS if self.username else ("Negotiate",))
        if wrapper and self.retry and not self.username:
            yield from self._with_ticket(request)
            return
        if wrapper and self.retry:
            sent = ntlm.negotiate()
            response = yield from forward(_bearing(question, wrapper, sent))
            if received := _message(response, wrapper):
                yield from self._with_password(request, ambient, wrapper, sent, received)
                return
        if question is not request:
            yield from forward(request)

    def _with_password(self, request: Request, ambient: Remembering, wrapper: str, sent: bytes, received: bytes) -> Flow[None]:
        asked = ntlm.challenge(received)
        yield from note("NTLM target", asked.target_name or "")
        yield from note("NTLM server challenge", asked.server_challenge.hex())
        nonce = ntlm.client_challenge(ambient.nonce())
        message = ntlm.authenticate(sent, received, self._account, f"HTTP/{request.origin.host}", ambient.now(), nonce)
        yield from forward(_bearing(request, wrapper, message), Secret(base64.b64encode(message).decode()))

    def _with_ticket(self, request: Request) -> Flow[None]:
        token = yield from compute(lambda: kerberos.token(request.origin.host))
        yield from forward(_bearing(request, "Negotiate", token), Secret(base64.b64encode(token).decode()))

    @property
    def _account(self) -> ntlm.Account:
        domain, backslash, user = self.username.partition("\\")
        return ntlm.Account(
            user if backslash else self.username, self.password, domain if backslash else self.domain, self.workstation
        )


def _offered(response: Response, wrappers: tuple[str, ...]) -> str:
    """The first of *wrappers* that the server offers; empty when it offers none."""
    offered = {each.scheme for each in challenges(response.headers)} if response.status == 401 else frozenset()
    return next((wrapper for wrapper in wrappers if wrapper.lower() in offered), "")


def _message(response: Response, wrapper: str) -> bytes:
    """The message in the server's challenge; empty when there is none."""
    if response.status != 401:
        return b""
    found = next((each.token68 for each in challenges(response.headers) if each.scheme == wrapper.lower()), "")
    try:
        return base64.b64decode(found, validate=True)
    except binascii.Error as error:
        raise ChallengeError(f"The origin's {wrapper} challenge is not base64.") from error


def _bearing(request: Request, wrapper: str, message: bytes) -> Request:
    return in_header(request, "Authorization", wrapper, base64.b64encode(message).decode())
