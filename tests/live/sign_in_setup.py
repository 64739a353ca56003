"""All that a sign-in needs: a folder with a configuration, a browser that says yes to everything, the command, and the proxy."""

import contextlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from tests.live.process import authwright, first_line, of_authwright, started, until
from tests.live.registered import SECRET

BROWSER = f"{sys.executable} {Path(__file__).with_name('browsing.py')} %s"
PUBLIC = ("none", "implicit", "slow")
"""Clients of the provider that have no secret."""
DENY = {"authorization": {"query": {"login_hint": "deny"}}}
"""Parameters by which the person says no."""


class SignInSetup:
    """Everything of one test."""

    def __init__(self, folder, oidc, pki):
        self.folder, self.oidc, self.pki = folder, oidc, pki
        self.base = oidc.url("http")
        self.page_file = folder / "page.json"

    def configure(self, client="none", **parameters):
        """One credential, `api`, for the provider's API; ``None`` takes a parameter away."""
        own = {
            "grant": "authorization_code",
            "authorization_endpoint": f"{self.base}/auth",
            "token_endpoint": f"{self.base}/token",
            "client_id": client,
            "scope": "openid offline_access",
            **({"client_auth": "none"} if client in PUBLIC else {"client_secret": SECRET}),
            **parameters,
        }
        lines = "".join(f"    {name}: {json.dumps(value)}\n" for name, value in own.items() if value is not None)
        (self.folder / "authwright.yaml").write_text(
            f"version: 1\nsettings: {{upstream_ca: {self.pki.ca}}}\ncredentials:\n  api:\n    type: oauth2\n{lines}"
            f'rules:\n  - {{name: api, match: "{self.base}/api/**", auth: api}}\n'
        )

    def device(self, client="none", **more):
        """The same by a code."""
        endpoint = f"{self.base}/device/auth"
        self.configure(client, grant="device_code", authorization_endpoint=None, device_authorization_endpoint=endpoint, **more)

    def environment(self, **browsing):
        told = json.dumps({"page": str(self.page_file), **browsing})
        return of_authwright(self.folder, BROWSER=BROWSER, BROWSING=told)

    def command(self, *arguments):
        return authwright("--config", str(self.folder / "authwright.yaml"), *arguments)

    def run(self, *arguments, browsing=None, given="", env=None):
        """A command, to its end."""
        environment = {**self.environment(**(browsing or {})), **(env or {})}
        return subprocess.run(
            self.command(*arguments), env=environment, capture_output=True, text=True, timeout=60, check=False, input=given
        )

    def start(self, *arguments, **browsing):
        """A command that a test talks to."""
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        environment = {**self.environment(**browsing), "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(self.command(*arguments), env=environment, text=True, start_new_session=True, **pipes)

    @contextlib.contextmanager
    def proxy(self, *flags, **browsing):
        """The proxy; gives what asks for each path, all at once, and returns statuses and JSON bodies."""
        argv = self.command("run", "--listen", "127.0.0.1:0", "--json", *flags)
        folder = self.folder / "proxy"
        folder.mkdir()
        with started(argv, folder, env=self.environment(**browsing)) as process:
            said = json.loads(until(lambda: first_line(folder), f"authwright run (it says: {folder}/err)", process))
            through = {"http": f"http://{said['listening'][0]}"}

            def ask(path):
                with requests.Session() as session:
                    session.trust_env = False
                    answer = session.get(f"{self.base}{path}", proxies=through, timeout=30)
                return answer.status_code, answer.json()

            def get(*paths):
                with ThreadPoolExecutor(len(paths)) as threads:
                    return list(threads.map(ask, paths))

            yield get

    def page(self):
        """What the browser showed last."""
        return json.loads(self.page_file.read_text("utf-8"))

    def grants(self):
        """What the token endpoint was asked by, and its statuses."""
        return [(entry["grant"].rpartition(":")[2], entry["status"]) for entry in self.oidc.log()["token"]]


def ended(process, *, given=None, patience=30):
    """Exit code, stdout and stderr of a started command."""
    try:
        out, err = process.communicate(given, timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        out, err = process.communicate()
        raise AssertionError(f"it did not end: {err}") from None
    return process.returncode, out, err


def url_in(stream):
    """The first address that a started command prints."""
    for line in stream:
        if line.strip().startswith("http"):
            return line.strip()
    raise AssertionError("no address was printed")
