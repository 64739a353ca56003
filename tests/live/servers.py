"""The servers: an OpenID provider with an API, and Apache with Basic authentication, files, an echo and a git repository."""

import contextlib
import json
import os
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.live.needs import CACHE, program
from tests.live.process import first_line, free_port, listens, started, until
from tests.live.registered import Keys, clients, make_keys, signing_jwk

AWKWARD = {"client_id": "or ders:c%l+i&=", "client_secret": "s e/c+r%e&t=:~100%25"}
"""Characters that only survive when they are form-encoded before base64 (RFC 6749 section 2.3.1)."""

CLIENTS = {
    "awkward": AWKWARD,
    "plain": {"client_id": "orders", "client_secret": "orders-secret"},
    "post": {"client_id": "post", "client_secret": "p&s=+% ", "token_endpoint_auth_method": "client_secret_post"},
}
USER, PASSWORD = "jürgen", "pä:ss wörd€%"
"""Apache's one user; RFC 7617 lets a password hold colons, and both be UTF-8."""


@dataclass(frozen=True)
class Server:
    """Where a server listens; the address over TLS has a name, so that clients send one in their handshake."""

    http: int
    https: int

    def url(self, scheme):
        return f"http://127.0.0.1:{self.http}" if scheme == "http" else f"https://localhost:{self.https}"


@dataclass(frozen=True)
class Oidc(Server):
    """The provider; what it saw is in its log, and *keys* are its clients'."""

    keys: Keys

    def _ask(self, method, path):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(f"{self.url('http')}{path}", method=method), timeout=10) as response:
            return json.load(response)

    def log(self):
        return self._ask("GET", "/__log")

    def forget(self):
        """Empty the log."""
        self._ask("DELETE", "/__log")

    def refresh_token(self, client):
        """A refresh token of alice for *client*."""
        return self._ask("POST", f"/__refresh-token?client={client}")["refresh_token"]

    def revoke(self):
        """Make the API refuse every token issued so far."""
        self._ask("POST", "/__revoke")


@contextlib.contextmanager
def oidc(folder, pki, ttl=600):
    server, keys = pki.server.read_text(), make_keys(folder)
    settings = {
        "clients": [*CLIENTS.values(), *clients(keys)],
        "ttl": ttl,
        "key": server,
        "certificate": server,
        "ca": pki.ca.read_text(),
        "assertion_keys": [signing_jwk(keys)],
    }
    source = Path(__file__).with_name("oidc.mjs").read_text()
    argv = [program("node"), "--no-warnings", "--input-type=module", "-e", source]  # so that imports are looked up in the cache
    with started(argv, folder, cwd=CACHE, env={**os.environ, "OIDC_SETTINGS": json.dumps(settings)}) as process:
        line = until(lambda: first_line(folder), "oidc-provider", process)
        yield Oidc(**json.loads(line), keys=keys)


_APACHE = """\
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
ErrorLog {folder}/errors
{user}
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authn_file_module {modules}/mod_authn_file.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_basic_module {modules}/mod_auth_basic.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule env_module {modules}/mod_env.so
LoadModule cgi_module {modules}/mod_cgi.so
LoadModule ssl_module {modules}/mod_ssl.so
LogFormat "%>s %m %U %{{Proxy-Authorization}}i %{{Authorization}}i" seen
CustomLog {folder}/seen seen
DocumentRoot {folder}/www
StartServers 2
Listen 127.0.0.1:{http}
Listen 127.0.0.1:{https}
SSLSessionCache none
<VirtualHost 127.0.0.1:{https}>
  SSLEngine on
  SSLCertificateFile {folder}/server.pem
</VirtualHost>
<Location />
  AuthType Basic
  AuthName "live"
  AuthUserFile {folder}/users
  Require valid-user
</Location>
ScriptAlias /echo {folder}/echo
ScriptAlias /git {git}
SetEnv GIT_PROJECT_ROOT {folder}/repositories
SetEnv GIT_HTTP_EXPORT_ALL 1
SetEnv GIT_CONFIG_COUNT 1
SetEnv GIT_CONFIG_KEY_0 safe.directory
SetEnv GIT_CONFIG_VALUE_0 *
"""
_ECHO = "#!/bin/sh\nprintf 'Content-Type: application/octet-stream\\r\\n\\r\\n'\nexec cat\n"


@dataclass(frozen=True)
class Apache(Server):
    """Apache; *folder* holds what it saw."""

    folder: Path

    def seen(self):
        """``status method path proxy-authorization authorization`` of each request so far."""
        return [line.split(" ", 4) for line in (self.folder / "seen").read_text().splitlines()]


def _repository(folder):
    """A bare repository with one commit that holds ``README``."""
    bare = folder / "repositories" / "project.git"
    work = folder / "work"
    who = ["-c", "user.name=Live", "-c", "user.email=live@example.test"]
    for argv in (
        ["init", "-q", "-b", "main", str(work)],
        ["-C", str(work), "add", "README"],
        ["-C", str(work), *who, "commit", "-qm", "First"],
    ):
        work.mkdir(exist_ok=True)
        (work / "README").write_text("cloned\n")
        subprocess.run([program("git"), *argv], check=True, timeout=30)
    subprocess.run([program("git"), "clone", "-q", "--bare", str(work), str(bare)], check=True, timeout=30)


def _readable(folder):
    """Apache's workers are another user when it is started by root."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.name == "echo" else 0o644)


@contextlib.contextmanager
def apache(folder, pki):
    (folder / "www").mkdir()
    (folder / "echo").write_text(_ECHO)
    (folder / "server.pem").write_bytes(pki.server.read_bytes())
    secret = PASSWORD.encode()
    subprocess.run(
        [program("htpasswd"), "-iBc", str(folder / "users"), USER], input=secret, check=True, capture_output=True, timeout=30
    )
    _repository(folder)
    _readable(folder)
    backend = subprocess.check_output([program("git"), "--exec-path"], text=True, timeout=30).strip() + "/git-http-backend"
    server = Apache(http=free_port(), https=free_port(), folder=folder)
    text = _APACHE.format(
        folder=folder,
        git=backend,
        http=server.http,
        https=server.https,
        modules="/usr/lib/apache2/modules",
        user="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
    )
    (folder / "httpd.conf").write_text(text)
    with started([program("apache2"), "-f", str(folder / "httpd.conf"), "-DFOREGROUND"], folder) as process:
        until(lambda: listens(server.https) and listens(server.http), f"Apache (its log: {folder}/errors)", process)
        yield server
