"""An installation's token over a real socket, from a server that looks at the app's JWT as GitHub does."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from tests.grants.keys import PEMS

from authwright.ambient import SystemAmbient


class GitHub(BaseHTTPRequestHandler):
    """One app, one installation."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.path == "/app/installations/42/access_tokens"
        status = 401 if not self._is_the_app() else 201 if known else 404
        end = (SystemAmbient().now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = (
            {"token": f"ghs_for_{asked['permissions']['contents']}", "expires_at": end} if status == 201 else {"message": "No"}
        )
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def _is_the_app(self):
        try:
            token = self.headers["Authorization"].removeprefix("Bearer ")
            claims = jwt.decode(token, RSAKey.import_key(PEMS["rsa"]), algorithms=["RS256"]).claims
        except JoseError:
            return False
        now = SystemAmbient().now().timestamp()
        return claims["iss"] == "Iv23" and claims["iat"] <= now < claims["exp"] <= now + 600

    def log_message(self, *_):
        pass


@pytest.fixture
def github():
    with ThreadingHTTPServer(("127.0.0.1", 0), GitHub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def write_configuration(github, tmp_path):
    def write(installation):
        (tmp_path / "app.pem").write_text(PEMS["rsa"])
        app = {"client_id": "Iv23", "private_key": "app.pem", "installation_id": installation, "api": github}
        credential = {"type": "oauth2", "grant": "github_app", **app, "permissions": {"contents": "read"}}
        rules = [{"match": "api.github.com", "auth": "github"}]
        (tmp_path / "authwright.yaml").write_text(
            json.dumps({"version": 1, "credentials": {"github": credential}, "rules": rules}, indent=1)
        )

    return write


def test_the_installations_token_is_obtained(authwright, write_configuration):
    write_configuration("42")
    done = authwright("token", "github")
    assert (done.returncode, done.stdout) == (0, "ghs_for_read\n"), done.stderr


def test_another_apps_installation_says_what_to_check(authwright, write_configuration):
    write_configuration("43")
    done = authwright("token", "github")
    assert (done.returncode, "answered 404" in done.stderr, "Check installation_id" in done.stderr) == (1, True, True)
