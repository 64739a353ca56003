"""The command as a process of its own, and an API on loopback that knows one token."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from authwright.cli.demo_servers import World, running
from authwright.outbound import ca_bundle

ADDONS = Path(__file__).parents[2] / "addons"
TOKEN = "t0ken-of-the-test"


def environment(folder, **more):
    """The variables of a user who names the configuration of *folder*, when there is one: so it needs no consent."""
    paths = os.pathsep.join(filter(None, (str(ADDONS), os.environ.get("PYTHONPATH", ""))))
    home = {"HOME": str(folder), "AUTHWRIGHT_HOME": str(folder / "home")}
    named = {"AUTHWRIGHT_CONFIG": str(folder / "authwright.yaml")} if (folder / "authwright.yaml").exists() else {}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": paths, **home, **named, **more}


@pytest.fixture
def authwright(tmp_path):
    """Runs ``authwright …`` in a folder of the test's own, to its end."""

    def run(*arguments, cwd=None, env=None, **more):
        return subprocess.run(
            [sys.executable, "-m", "authwright", *arguments],
            cwd=cwd or tmp_path,
            env=environment(tmp_path, **(env or {})),
            timeout=60,
            check=False,
            **{"capture_output": True, "text": True, **more},
        )

    return run


@pytest.fixture
def start_authwright(tmp_path):
    """Starts ``authwright …`` and lets the test talk to it; whatever is left of it is killed."""
    started = []

    def start(*arguments, env=None, **more):
        process = subprocess.Popen(
            [sys.executable, "-m", "authwright", *arguments],
            cwd=tmp_path,
            env=environment(tmp_path, **(env or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **more,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def api():
    """``host:port`` of a server that answers 200 to the one token, else 401, and says what it saw."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = json.dumps({"proxy": "Proxy-Authorization" in self.headers, "path": self.path}).encode()
            self.send_response(200 if self.headers.get("Authorization") == f"Bearer {TOKEN}" else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def configured_folder(tmp_path, api):
    """A folder whose authwright.yaml has a rule for the API."""
    text = f"""\
version: 1
credentials:
  api: {{type: bearer, token: {TOKEN}}}
rules:
  - {{name: api, match: "{api}/**", auth: api}}
"""
    (tmp_path / "authwright.yaml").write_text(text)
    return tmp_path


@pytest.fixture
def demo_servers(tmp_path):
    """The demo's servers, and an authwright.yaml that obtains tokens of their authorization server."""
    demo_servers = World()
    with running(demo_servers) as addresses:
        (tmp_path / "authwright.yaml").write_text(f"""\
version: 1
credentials:
  orders:
    type: oauth2
    grant: client_credentials
    token_endpoint: http://127.0.0.1:{addresses.idp}/token
    client_id: demo
    client_secret: {demo_servers.client_secret}
rules:
  - {{match: api.example.com, auth: orders}}
""")
        yield demo_servers


@pytest.fixture
def bundle(tmp_path):
    """A file with the system's CAs."""
    path = tmp_path / "ca.pem"
    path.write_text(ca_bundle.system_pem())
    return path
