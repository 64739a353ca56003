"""A key distribution centre (MIT Kerberos) with one user and the key of one web server."""

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.live.needs import program
from tests.live.process import free_port, listens, started, until

REALM = "LIVE.TEST"
USER, PASSWORD = "alice", "Wonder1and!"
_KRB5 = """\
[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = {realm}
"""
_KDC = """\
[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
 }}
[logging]
 kdc = FILE:{folder}/log
"""


@dataclass(frozen=True)
class Kdc:
    """A realm; *folder* holds ``krb5.conf`` and the web server's ``http.keytab``."""

    folder: Path

    @property
    def environment(self):
        return {"KRB5_CONFIG": str(self.folder / "krb5.conf")}

    def ticket(self, cache):
        """Sign the user in; the ticket stands in the file *cache*."""
        argv = [program("kinit"), "-c", f"FILE:{cache}", USER]
        subprocess.run(
            argv, input=PASSWORD, text=True, env=os.environ | self.environment, check=True, capture_output=True, timeout=30
        )


@contextlib.contextmanager
def kdc(folder):
    port = free_port()
    (folder / "krb5.conf").write_text(_KRB5.format(realm=REALM, port=port))
    (folder / "kdc.conf").write_text(_KDC.format(realm=REALM, port=port, folder=folder))
    environment = os.environ | {"KRB5_CONFIG": str(folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(folder / "kdc.conf")}

    def run(*argv):
        subprocess.run([program(argv[0]), *argv[1:]], env=environment, check=True, capture_output=True, timeout=60)

    run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master of this test")
    run("kadmin.local", "-q", f"addprinc -pw {PASSWORD} {USER}@{REALM}")
    run("kadmin.local", "-q", f"addprinc -randkey HTTP/localhost@{REALM}")
    run("kadmin.local", "-q", f"ktadd -k {folder}/http.keytab HTTP/localhost@{REALM}")
    with started([program("krb5kdc"), "-n"], folder, env=environment) as process:
        until(lambda: listens(port), f"the KDC (its log: {folder}/log)", process)
        yield Kdc(folder)
