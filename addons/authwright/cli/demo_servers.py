"""The servers of ``demo``: an authorization server, an API that wants credentials, and another party's server.

Real HTTP on loopback, each on a free port. They decide from the request alone, as servers do.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class DemoRequest(NamedTuple):
    """A request as a server sees it."""

    method: str
    path: str
    query: dict[str, list[str]]
    authorization: str


type DemoAnswer = tuple[int, dict[str, object]]


def _secret() -> str:
    return secrets.token_urlsafe(16)


@dataclass
class World:
    """The knowledge of the servers: their secrets, and which tokens are valid."""

    client_secret: str = field(default_factory=_secret)
    api_key: str = field(default_factory=_secret)
    password: str = field(default_factory=_secret)
    jwt_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    tokens: set[str] = field(default_factory=set)
    token_requests: int = 0
    strangers_saw: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def token_endpoint(self, asked: DemoRequest) -> DemoAnswer:
        """RFC 6749 section 4.4, the client by HTTP Basic."""
        if asked.path != "/token" or asked.authorization != _basic("demo", self.client_secret):
            return 401, {"error": "invalid_client"}
        with self.lock:
            self.token_requests += 1
            token = _secret()
            self.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}

    def revoke_all(self) -> None:
        """Reject from now on every token that was issued so far; the proxy is not told."""
        with self.lock:
            self.tokens.clear()

    def api(self, asked: DemoRequest) -> DemoAnswer:
        """Each path wants another kind of credential."""
        match asked.path:
            case "/orders":
                good = asked.authorization.removeprefix("Bearer ") in self.tokens
            case "/maps":
                good = asked.query.get("key") == [self.api_key]
            case "/reports":
                good = asked.authorization == _basic("alice", self.password)
            case _:
                good = self._signed(asked)
        return (200, {"hello": "demo"}) if good else (401, {"error": "unauthorized"})

    def stranger(self, asked: DemoRequest) -> DemoAnswer:
        """Answer every request, and remember those that carry a credential."""
        if asked.authorization or "key" in asked.query:
            self.strangers_saw.append(asked.path)
        return 200, {}

    def _signed(self, asked: DemoRequest) -> bool:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import OctKey

        try:
            token = jwt.decode(asked.authorization.removeprefix("Bearer "), OctKey.import_key(self.jwt_secret), ["HS256"])
            jwt.JWTClaimsRegistry(iss={"essential": True, "value": "demo"}, exp={"essential": True}).validate(token.claims)
        except (JoseError, ValueError):
            return False
        return True


class DemoAddresses(NamedTuple):
    """The ports of the three servers."""

    idp: int
    api: int
    other: int


@contextmanager
def running(world: World) -> Iterator[DemoAddresses]:
    """The three servers, for as long as this lasts."""
    with ExitStack() as stack:
        answers = (world.token_endpoint, world.api, world.stranger)
        yield DemoAddresses(*(stack.enter_context(_serving(answer)) for answer in answers))


@contextmanager
def _serving(answer: Callable[[DemoRequest], DemoAnswer]) -> Iterator[int]:
    class Handler(_Handler):
        decide = staticmethod(answer)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    decide: Callable[[DemoRequest], DemoAnswer]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        asked = DemoRequest(self.command, url.path, parse_qs(url.query), self.headers.get("Authorization") or "")
        status, content = self.decide(asked)
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name the base class calls

    def log_message(self, *_: object) -> None:
        """Say nothing: the demo does."""


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
