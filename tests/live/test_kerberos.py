"""Negotiate with a Kerberos ticket, against mod_auth_gssapi and an MIT KDC."""

import json
import shutil
import subprocess

import pytest
from tests.live import challengers
from tests.live import kdc as kerberos
from tests.live.needs import in_venv, program
from tests.live.process import bare_environment, first_line, of_authwright, started, until

pytestmark = pytest.mark.live

PRINCIPAL = f"{kerberos.USER}@{kerberos.REALM}"


@pytest.fixture(scope="module")
def realm(installed, folder):
    (folder / "kdc").mkdir()
    with kerberos.kdc(folder / "kdc") as found:
        yield found


@pytest.fixture(scope="module")
def server(realm, folder):
    (folder / "kerberos").mkdir()
    shutil.copy(realm.folder / "http.keytab", folder / "kerberos" / "http.keytab")
    with challengers.apache_kerberos(folder / "kerberos", realm.folder / "krb5.conf") as found:
        yield found


@pytest.fixture
def ask(realm, server, tmp_path):
    """Status, user and body of a request through a proxy whose tickets stand in a file."""

    def asked(cache, *options):
        rule = {"name": "krb", "match": server.url, "auth": {"type": "ntlm"}}
        (tmp_path / "authwright.yaml").write_text(json.dumps({"version": 1, "rules": [rule]}))
        argv = [in_venv("kerberos", "python"), "-m", "authwright", "run", "--listen", "127.0.0.1:0", "--json"]
        environment = of_authwright(tmp_path, KRB5CCNAME=f"FILE:{cache}", **realm.environment)
        with started([*argv, "--config", str(tmp_path / "authwright.yaml")], tmp_path, env=environment) as process:
            said = json.loads(until(lambda: first_line(tmp_path), f"authwright run (it says: {tmp_path}/err)", process))
            curl = [
                program("curl"),
                "-sS",
                "--max-time",
                "30",
                "-w",
                "\n%{http_code} %header{x-user}",
                *options,
                f"{server.url}/page",
            ]
            environment = bare_environment(tmp_path, http_proxy=f"http://{said['listening'][0]}")
            done = subprocess.run(curl, env=environment, capture_output=True, timeout=60, check=True, text=True)
        body, _, last = done.stdout.rpartition("\n")
        status, _, user = last.partition(" ")
        return int(status), user, body

    return asked


def test_a_ticket_signs_the_client_in(realm, ask, tmp_path):
    realm.ticket(tmp_path / "tickets")
    assert ask(tmp_path / "tickets") == (200, PRINCIPAL, "ok\n")


def test_without_a_ticket_the_answer_says_how_to_get_one(ask, tmp_path):
    status, _, body = ask(tmp_path / "nothing")
    problem = json.loads(body)
    assert (status, problem["code"], "kinit" in problem["hint"]) == (502, "no_ticket", True)
