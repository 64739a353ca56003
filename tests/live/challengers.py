"""Servers that challenge: Apache and lighttpd with Digest files, httpbin, and Apache with gss-ntlmssp."""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from tests.live.needs import in_venv, program
from tests.live.process import free_port, listens, started, until

USER, PASSWORD, REALM = 'al"ice', "wonderländ: 1", "live"
ACCOUNTS = {"RIGDOM\\alice": "Wonder1and!", "RIGDOM\\bob": "secret"}
MODULES = "/usr/lib/apache2/modules"
SCRIPT = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nexec {}\n"
SCRIPTS = {"echo": "cat", "sum": "sha256sum"}


@dataclass(frozen=True)
class Challenger:
    """A server on loopback; *folder* holds its log."""

    port: int
    folder: Path

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def seen(self):
        """``status method path authorization`` of each request so far."""
        log = (self.folder / "seen").read_text("utf-8", "replace").replace('\\"', '"')  # Apache escapes quotes
        return [line.split(" ", 3) for line in log.splitlines()]

    def extra(self, before=0):
        """How many requests since the first *before* were answered with a challenge."""
        return sum(status == "401" for status, *_ in self.seen()[before:])


_APACHE = """\
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
Mutex file:{folder}
DefaultRuntimeDir {folder}
ErrorLog {folder}/errors
{user}
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authn_file_module {modules}/mod_authn_file.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_digest_module {modules}/mod_auth_digest.so
LoadModule auth_gssapi_module {modules}/mod_auth_gssapi.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule cgid_module {modules}/mod_cgid.so
LoadModule headers_module {modules}/mod_headers.so
ScriptSock {folder}/cgid
LogFormat "%>s %m %U %{{Authorization}}i" seen
CustomLog {folder}/seen seen
DocumentRoot {folder}/www
ScriptAlias /echo {folder}/echo
ScriptAlias /sum {folder}/sum
KeepAlive On
KeepAliveTimeout 30
MaxKeepAliveRequests 0
StartServers 1
ThreadsPerChild 128
MaxRequestWorkers 128
Header always set X-User "expr=%{{REMOTE_USER}}"
"""
_DIGEST = """\
AuthDigestShmemSize 64K
<Location />
  AuthType Digest
  AuthName "live"
  AuthDigestProvider file
  AuthDigestNonceLifetime 300
  AuthUserFile {folder}/users
  Require valid-user
</Location>
<Location /stale>
  AuthType Digest
  AuthName "live"
  AuthDigestProvider file
  AuthDigestNonceLifetime 2
  AuthUserFile {folder}/users
  Require valid-user
</Location>
"""
_NTLM = """\
<Location />
  AuthType GSSAPI
  AuthName "live"
  GssapiAllowedMech ntlmssp
  GssapiConnectionBound On
  Require valid-user
</Location>
"""
KERBEROS = """\
<Location />
  AuthType GSSAPI
  AuthName "live"
  GssapiAllowedMech krb5
  GssapiCredStore keytab:{folder}/http.keytab
  Require valid-user
</Location>
"""


@contextlib.contextmanager
def _apache(folder, rules, **environment):
    (folder / "www" / "stale").mkdir(parents=True)
    for place in ("www", "www/stale"):
        (folder / place / "page").write_text("ok\n")
    for name, command in SCRIPTS.items():
        (folder / name).write_text(SCRIPT.format(command))
    server = Challenger(free_port(), folder)
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    text = (_APACHE + rules).format(folder=folder, port=server.port, modules=MODULES, user=user)
    (folder / "httpd.conf").write_text(text)
    for path in [folder, *folder.rglob("*")]:  # Apache's workers are another user when root starts it
        path.chmod(0o755 if path.is_dir() or path.name in SCRIPTS else 0o644)
    argv = [program("apache2"), "-f", str(folder / "httpd.conf"), "-DFOREGROUND"]
    with started(argv, folder, env={**os.environ, **environment}) as process:
        until(lambda: listens(server.port), f"Apache (its log: {folder}/errors)", process)
        yield server


def _a1(name):
    return hashlib.new(name, f"{USER}:{REALM}:{PASSWORD}".encode()).hexdigest()


def apache_digest(folder):
    """MD5, ``qop=auth``; below ``/stale`` a nonce lives two seconds."""
    (folder / "users").write_text(f"{USER}:{REALM}:{_a1('md5')}\n")
    return _apache(folder, _DIGEST)


def apache_ntlm(folder):
    """NTLM for :data:`ACCOUNTS`, once for each connection."""
    users = "".join(f"{name.replace(chr(92), ':')}:{password}\n" for name, password in ACCOUNTS.items())
    (folder / "ntlm-users").write_text(users)
    return _apache(folder, _NTLM, NTLM_USER_FILE=str(folder / "ntlm-users"))


def apache_kerberos(folder, krb5_config):
    """Kerberos for whoever has a ticket for ``HTTP@localhost``; the service's key stands in the folder."""
    return _apache(folder, KERBEROS, KRB5_CONFIG=str(krb5_config), KRB5RCACHETYPE="none")


_LIGHTTPD = """\
server.modules = ("mod_auth", "mod_authn_file", "mod_accesslog")
server.document-root = "{folder}/www"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/errors"
accesslog.filename = "{folder}/seen"
accesslog.format = "%s %m %U %{{Authorization}}i"
auth.backend = "htdigest"
auth.backend.htdigest.userfile = "{folder}/users"
auth.require = ("/" => (
  "method" => "digest", "realm" => "live", "algorithm" => "SHA-256", "userhash" => "enable", "require" => "valid-user"
))
"""


@contextlib.contextmanager
def lighttpd(folder):
    """SHA-256 with user hashes."""
    (folder / "www").mkdir()
    (folder / "www" / "page").write_text("ok\n")
    hashed = hashlib.sha256(f"{USER}:{REALM}".encode()).hexdigest()
    (folder / "users").write_text(f"{USER}:{REALM}:{_a1('sha256')}:{hashed}\n")
    server = Challenger(free_port(), folder)
    (folder / "lighttpd.conf").write_text(_LIGHTTPD.format(folder=folder, port=server.port))
    with started([program("lighttpd"), "-D", "-f", str(folder / "lighttpd.conf")], folder) as process:
        until(lambda: listens(server.port), f"lighttpd (its log: {folder}/errors)", process)
        yield server


@contextlib.contextmanager
def httpbin(folder):
    """Every algorithm, with ``auth`` and ``auth-int``."""
    server = Challenger(free_port(), folder)
    log = ["--access-logfile", str(folder / "seen"), "--access-logformat", "%(s)s %(m)s %(U)s %({authorization}i)s"]
    argv = [in_venv("httpbin", "gunicorn"), "--bind", f"127.0.0.1:{server.port}", *log, "httpbin:app"]
    with started(argv, folder) as process:
        until(lambda: listens(server.port), f"httpbin (it says: {folder}/err)", process)
        yield server
