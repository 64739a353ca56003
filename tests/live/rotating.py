"""An authorization server that rotates refresh tokens, and the API that its access tokens are for (RFC 9700 section 4.14.2).

``strict``: a refresh token is spent the moment it is read; shown again, it revokes the whole family. ``first_use``: the old
one is good until anything of its successor is used, as at Box.
"""

import json
import random
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass
class Rotation:
    """What is valid now, and what was asked for."""

    kind: str = "strict"
    name: str = ""
    """Stands before each access token."""
    lifetime: float = 3600
    leeway: float = 5.0
    """Seconds that the API takes a token beyond its life, for requests on their way."""
    before: float = 0.0
    """The most seconds that a token request waits before the server acts on it, and then again before it answers."""
    tail: float | None = None
    """Seconds before the answer, where they are not by chance."""
    requests: int = 0
    reused: int = 0
    unauthorized: int = 0
    api: int = 0
    times: list[float] = field(default_factory=list)
    """When each token request came."""
    failing: int = 0
    """The status to refuse token requests with, when there is one."""
    _good: set[str] = field(default_factory=set)
    _pending: dict[str, str] = field(default_factory=dict)
    """New tokens, by the old refresh token that their first use ends."""
    _ends: dict[str, float] = field(default_factory=dict)
    _serial: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def seed(self, first=""):
        """Begin a new family; its first refresh token, *first* or another."""
        with self.lock:
            self._serial += 1
            first = first or f"refresh-{self._serial}"
            self._good, self._pending = {first}, {}
            return first

    def is_good(self, refresh_token):
        with self.lock:
            return refresh_token in self._good

    def refresh(self, refresh_token):
        """Status and members of the answer."""
        with self.lock:
            self.requests += 1
            self.times.append(time.monotonic())
            if self.failing:
                return self.failing, {"error": "temporarily_unavailable"}
            if refresh_token not in self._good:
                self.reused += 1
                self._good = set()
                return 400, {"error": "invalid_grant"}
            self._used(refresh_token)
            self._serial += 1
            access, following = f"{self.name}access-{self._serial}", f"refresh-{self._serial}"
            self._good.add(following)
            self._ends[access] = time.monotonic() + self.lifetime + self.leeway
            if self.kind == "strict":
                self._good.discard(refresh_token)
            else:
                self._pending[access] = self._pending[following] = refresh_token
            return 200, {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime, "refresh_token": following}

    def call(self, access_token):
        """The API's status."""
        with self.lock:
            self.api += 1
            if time.monotonic() >= self._ends.get(access_token, 0):
                self.unauthorized += 1
                return 401
            self._used(access_token)
            return 200

    def _used(self, token):
        if old := self._pending.pop(token, None):
            self._good.discard(old)


class RotatingServer:
    """*rotation* on a free port of loopback: ``POST /token``, and any ``GET``."""

    def __init__(self, rotation):
        self.rotation = rotation

    def __enter__(self):
        self._server = _Listening(("127.0.0.1", 0), type("Bound", (_Exchange,), {"rotation": self.rotation}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Listening(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_):
        """Clients of these tests are killed."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._pause()
        status, members = self.rotation.refresh(form.get("refresh_token", [""])[0])
        self._pause(self.rotation.tail)
        self._send(status, json.dumps(members).encode())

    def do_GET(self):
        authorization = self.headers.get("Authorization", "")
        self._send(self.rotation.call(authorization.removeprefix("Bearer ")), authorization.encode())

    def _pause(self, seconds=None):
        time.sleep(random.uniform(0, self.rotation.before) if seconds is None else seconds)

    def _send(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
