"""A token endpoint, and an API that knows its last token and answers when it is let."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class TokenServer:
    """On a free port of loopback: ``POST /token`` gives the next token, any ``GET`` wants the last one that is not revoked."""

    def __init__(self):
        self.given = 0
        self.waiting = 0
        self._revoked = 0
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()

    def hold(self):
        """Answer no ``GET`` from now on."""
        self._open.clear()

    def release(self):
        self._open.set()

    def revoke(self):
        """Know none of the tokens given so far."""
        self._revoked = self.given

    def __enter__(self):
        self._server = _Listening(("127.0.0.1", 0), type("Bound", (_Exchange,), {"tokens": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def token(self):
        with self._lock:
            self.given += 1
            return {"access_token": f"token-{self.given}", "token_type": "Bearer", "expires_in": 3600}

    def answer(self, authorization):
        """The status for a request with these credentials."""
        with self._lock:
            self.waiting += 1
        self._open.wait(30)
        return 200 if self.given > self._revoked and authorization == f"Bearer token-{self.given}" else 401


class _Listening(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_):
        """Clients of these tests go away."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send(200, json.dumps(self.tokens.token()).encode(), "application/json")

    def do_GET(self):
        self._send(self.tokens.answer(self.headers.get("Authorization")), b"", "text/plain")

    def _send(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
