"""Signing in against a certified OpenID provider, by the real command: by a browser, by a pasted address, by a code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.live.process import authwright, of_authwright
from tests.live.registered import SECRET

pytestmark = pytest.mark.live
BROWSER = f"{sys.executable} {Path(__file__).with_name('browsing.py')} %s"


class Desk:
    """A person's desk: a folder with a configuration, a browser, and the command."""

    def __init__(self, folder, oidc):
        self.folder, self.oidc = folder, oidc
        self.page_file = folder / "page.json"

    def configure(self, client, more="", **parameters):
        """One credential, `api`, for the provider's API."""
        base = self.oidc.url("http")
        own = {
            "grant": "authorization_code",
            "authorization_endpoint": f"{base}/auth",
            "token_endpoint": f"{base}/token",
            "client_id": client,
            "scope": "openid offline_access",
            **({"client_auth": "none"} if client in ("none", "implicit") else {"client_secret": SECRET}),
            **parameters,
        }
        lines = "".join(f"    {name}: {json.dumps(value)}\n" for name, value in own.items() if value is not None)
        (self.folder / "authwright.yaml").write_text(
            f"version: 1\ncredentials:\n  api:\n    type: oauth2\n{lines}"
            f'rules:\n  - {{name: api, match: "{base}/api/**", auth: api}}\n{more}'
        )

    def environment(self, **browsing):
        told = json.dumps({"page": str(self.page_file), **browsing})
        return of_authwright(self.folder, BROWSER=BROWSER, BROWSING=told)

    def command(self, *arguments):
        return authwright("--config", str(self.folder / "authwright.yaml"), *arguments)

    def run(self, *arguments, browsing=None, **more):
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(**(browsing or {})),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            **{"stdin": subprocess.DEVNULL, **more} if "input" not in more else more,
        )

    def page(self):
        return json.loads(self.page_file.read_text("utf-8"))


@pytest.fixture
def desk(tmp_path, oidc):
    return Desk(tmp_path, oidc)


def test_a_person_signs_in_once_and_the_token_is_renewed_without_them(desk):
    desk.configure("none")
    done = desk.run("login", "api")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.endswith("Signed in for api: the token is good for 9 m; it is renewed without you.\n")
    first = desk.run("token", "api")
    assert desk.run("refresh", "api").returncode == 0
    assert desk.run("token", "api").stdout not in ("", first.stdout)
    assert [entry["grant"] for entry in desk.oidc.log()["token"]] == ["authorization_code", "refresh_token"]
