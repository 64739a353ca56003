"""The two ways to put a client behind the proxy: one that runs, and one for this command alone."""

import contextlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.live.clients import MODULES, variables
from tests.live.process import authwright, bare_environment, first_line, of_authwright, started, until
from tests.live.servers import CLIENTS, PASSWORD, USER


def configuration(pki, oidc, apache, scheme, client="awkward", scope="read"):
    """Bearer tokens for the provider's API, Basic for Apache, over *scheme*; secrets come from the environment."""
    method = CLIENTS[client].get("token_endpoint_auth_method", "client_secret_basic")
    return f"""\
version: 1
settings: {{upstream_ca: {pki.ca}}}
credentials:
  api:
    type: oauth2
    grant: client_credentials
    token_endpoint: {oidc.url(scheme)}/token
    client_id: "${{env:LIVE_ID}}"
    client_secret: "${{env:LIVE_SECRET}}"
    client_auth: {method}
    scope: {scope}
    resource: https://api.example.test/live
rules:
  - {{name: api, match: "{oidc.url(scheme)}/api/**", auth: api}}
  - name: apache
    match: "{apache.url(scheme)}"
    auth: {{type: basic, username: "${{env:LIVE_USER}}", password: "${{env:LIVE_PASSWORD}}"}}
"""


def secrets(client="awkward"):
    known = CLIENTS[client]
    return {"LIVE_ID": known["client_id"], "LIVE_SECRET": known["client_secret"], "LIVE_USER": USER, "LIVE_PASSWORD": PASSWORD}


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs; ``pid`` is its process."""

    address: str
    bundle: Path
    pid: int
    folder: Path

    def client(self, argv, **more):
        """Run a client that was told of the proxy; its output."""
        environment = bare_environment(self.folder, **MODULES, **variables(f"http://{self.address}", self.bundle))
        return subprocess.run(argv, env=environment, capture_output=True, timeout=60, check=False, **more)


@contextlib.contextmanager
def running(folder, text, client="awkward", under=()):
    """``authwright run``, as an argument of the command *under*."""
    (folder / "authwright.yaml").write_text(text)
    argv = [*under, *authwright("run", "--listen", "127.0.0.1:0", "--json", "--config", str(folder / "authwright.yaml"))]
    with started(argv, folder, env=of_authwright(folder, **secrets(client))) as process:
        said = json.loads(until(lambda: first_line(folder), f"authwright run (it says: {folder}/err)", process))
        yield Proxy(said["listening"][0], Path(said["ca_bundle"]), process.pid, folder)


def behind(folder, text, argv, client="awkward"):
    """``authwright exec -- argv``."""
    (folder / "authwright.yaml").write_text(text)
    command = authwright("exec", "--config", str(folder / "authwright.yaml"), "--", *argv)
    return subprocess.run(
        command, env=of_authwright(folder, **MODULES, **secrets(client)), capture_output=True, timeout=60, check=False
    )
