"""Hawk authenticates request and response with a shared key (npm's ``hawk`` 9, the reference and specification)."""

from __future__ import annotations

import base64
import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final, Literal

from ..errors import RemoteError
from ..flow.bases import SchemeBase
from ..flow.commands import Forward, Note, note
from ..flow.language import Flow
from ..flow.protocols import Ambient, Remembering
from ..message import Place, Request, Response
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire import hawk_mac
from ..wire.challenge import challenges, quoted
from ..wire.hawk_mac import Artifacts
from ..wire.placement import in_query
from ..wire.sent import media_type

_WRITABLE: Final = re.compile(r"[ -~]*\Z")


@dataclass(slots=True)
class Clock:
    """The seconds by which a server's clock is ahead of ours."""

    ahead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hawk(SchemeBase):
    """A message authentication code in the Authorization header, or a bewit in the query."""

    type: ClassVar[str] = "hawk"
    places: ClassVar[tuple[Place, ...]] = (Place("header", "Authorization"), Place("query", "bewit"))

    id: str = param("The key's identifier.", example="dh37fgj492je")
    key: Secret = param("The shared key.", example="${env:HAWK_KEY}")
    algorithm: Literal["sha256", "sha1"] = param("The hash function.", default="sha256")
    ext: str = param("Application data, authenticated with the request.", default="")
    app: str = param("The application's identifier (Oz).", default="")
    dlg: str = param("The application that delegated its rights to app; only with app.", default="")
    payload_hash: bool = param("Whether the body is authenticated too.", default=False)
    bewit: timedelta | None = param(
        "Authorises GET and HEAD with a bewit in the query, good for so long; other methods have the header.",
        default=None,
        example="5m",
    )
    server_authorization: bool = param(
        "Whether an answer must prove that it comes from the server (Server-Authorization); 401 need not.", default=False
    )
    nonce: str = param("A fresh one for each request when it is not given.", default="", advanced=True)
    timestamp: str = param("Seconds since 1970; the server's now when it is not given.", default="", advanced=True)

    def __post_init__(self) -> None:
        for name in ("id", "ext", "app", "dlg", "nonce"):
            if not _WRITABLE.match(getattr(self, name)):
                raise ParameterError(name, f"the {name} may hold printable ASCII characters only")
        for name in ("id", "key"):
            if not getattr(self, name):
                raise ParameterError(name, f"the {name} is empty")
        if self.timestamp and not self.timestamp.isdecimal():
            raise ParameterError("timestamp", "the timestamp must be whole seconds since 1970", "Leave it out for now")
        if self.bewit is not None and self.bewit < timedelta(seconds=1):
            raise ParameterError("bewit", "a bewit must last a second at least", "bewit: 5m")

    def reads_body(self, request: Request) -> bool:
        return self.payload_hash and not self._takes_bewit(request)

    def authorize(self, request: Request, ambient: Remembering) -> Flow[None]:
        if self._takes_bewit(request):
            yield from self._with_bewit(request, ambient)
            return
        clock = ambient.recall(Clock)
        response, artifacts = yield from self._with_header(request, ambient, clock)
        if response.status == 401 and not self.timestamp and (ts := self._server_time(response)) is not None:
            clock.ahead = ts - int(ambient.now().timestamp())
            response, artifacts = yield from self._with_header(request, ambient, clock)
        if self.server_authorization and response.status != 401:
            self._check(response, artifacts)

    def _takes_bewit(self, request: Request) -> bool:
        return self.bewit is not None and request.method in ("GET", "HEAD")

    def _with_header(
        self, request: Request, ambient: Ambient, clock: Clock
    ) -> Generator[Note | Forward, Any, tuple[Response, Artifacts]]:
        artifacts = Artifacts.of(
            request,
            ts=self.timestamp or str(int(ambient.now().timestamp()) + clock.ahead),
            nonce=self.nonce or ambient.nonce(),
            hash=hawk_mac.payload_hash(self.algorithm, media_type(request), request.body) if self.payload_hash else "",
            **self._application,
        )
        text = hawk_mac.normalized("header", artifacts)
        yield from note("normalized request", text)
        mac = Secret(hawk_mac.code(self.key, self.algorithm, text))
        authorized = request.with_header("Authorization", self._header(artifacts, mac))
        response = yield Forward(authorized, (mac,), judges=self.server_authorization)
        return response, artifacts

    @property
    def _application(self) -> dict[str, str]:
        return {"ext": self.ext, "app": self.app, "dlg": self.dlg if self.app else ""}

    def _header(self, artifacts: Artifacts, mac: Secret) -> str:
        a = artifacts
        parts = {"id": self.id, "ts": a.ts, "nonce": a.nonce, "hash": a.hash, "ext": a.ext, "mac": mac.reveal()}
        parts |= {"app": a.app, "dlg": a.dlg}
        return "Hawk " + ", ".join(f"{name}={quoted(value)}" for name, value in parts.items() if value)

    def _with_bewit(self, request: Request, ambient: Ambient) -> Generator[Note | Forward, Any, None]:
        assert self.bewit is not None
        now = int(self.timestamp or ambient.now().timestamp())
        end = str(now + int(self.bewit.total_seconds()))
        artifacts = Artifacts.of(request, ts=end, nonce="", ext=self.ext)._replace(method="GET")
        text = hawk_mac.normalized("bewit", artifacts)
        yield from note("normalized request", text)
        parts = (self.id, end, hawk_mac.code(self.key, self.algorithm, text), self.ext)
        bewit = Secret(base64.urlsafe_b64encode("\\".join(parts).encode()).decode().rstrip("="))
        yield Forward(in_query(request, "bewit", bewit.reveal()), (bewit,))

    def _server_time(self, response: Response) -> int | None:
        """The server's time in a challenge, when the server proves that it knows the key; else ``None``."""
        for challenge in challenges(response.headers):
            ts, tsm = challenge.parameters.get("ts", ""), challenge.parameters.get("tsm", "")
            if ts.isdecimal() and len(ts) < 12 and hawk_mac.proves(self.key, self.algorithm, f"hawk.1.ts\n{ts}\n", tsm):
                return int(ts)
        return None

    def _check(self, response: Response, artifacts: Artifacts) -> None:
        """Refuse a response whose head does not prove that the server answers this request."""
        found = next((each.parameters for each in challenges(response.headers, "Server-Authorization")), {})
        answered = artifacts._replace(hash=found.get("hash", ""), ext=found.get("ext", ""))
        text = hawk_mac.normalized("response", answered)
        if not hawk_mac.proves(self.key, self.algorithm, text, found.get("mac", "")):
            what = "does not prove that it comes from the server" if found else "has no Server-Authorization"
            raise RemoteError(
                f"The answer, with status {response.status}, {what}.",
                code="server_authorization",
                hint="Ask who runs the server, or take server_authorization: true away",
            )
