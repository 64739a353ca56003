"""The proxy that runs until it is stopped, over real sockets."""

import http.client
import json
import os
import signal
import stat

import pytest

RUN = ("run", "--listen", "127.0.0.1:0")


def ask(process_line, api, target="/orders?id=1", headers=None):
    host, _, port = process_line.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.request("GET", f"http://{api}{target}", headers=headers or {})
    status = connection.getresponse().status
    connection.close()
    return status


def test_it_says_where_it_listens_and_a_line_for_each_request(start_authwright, configured_folder, api):
    process = start_authwright(*RUN)
    first = process.stderr.readline()
    address = first.split()[4].rstrip(":")
    assert first == f"authwright: 0.1.0 listens on {address}: 1 rule of {configured_folder / 'authwright.yaml'}\n"
    bundle = configured_folder / "home" / "client-ca.pem"
    assert (
        process.stderr.readline() == f"  export http_proxy=http://{address} https_proxy=http://{address} SSL_CERT_FILE={bundle}\n"
    )
    assert process.stderr.readline() == f"  the CA alone: {configured_folder / 'home' / 'ca' / 'mitmproxy-ca-cert.pem'}\n"
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    assert ask(address, api) == 200
    words = process.stderr.readline().split()
    assert (words[1:6], words[7]) == (["GET", f"{api}/orders?id", "api", "bearer", "static"], "200")


def test_with_json_it_says_the_same_in_objects_on_stdout(start_authwright, configured_folder, api):
    process = start_authwright(*RUN, "--json")
    ready = json.loads(process.stdout.readline())
    assert (ready["rules"], ready["ca_bundle"]) == (1, str(configured_folder / "home" / "client-ca.pem"))
    assert ask(ready["listening"][0], api) == 200
    line = json.loads(process.stdout.readline())
    assert (line["url"], line["rule"], line["statuses"], line["error"]) == (f"http://{api}/orders?id", "api", [200], None)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_ends_it(start_authwright, configured_folder, number, code):
    process = start_authwright(*RUN, "--json")
    process.stdout.readline()
    os.kill(process.pid, number)
    assert process.wait(20) == code
    assert process.stderr.read() == ""


def test_its_password_comes_from_the_environment_and_is_not_shown(start_authwright, configured_folder, api):
    process = start_authwright(*RUN, env={"AUTHWRIGHT_PASSWORD": "pa55w0rd"})
    address = process.stderr.readline().split()[4].rstrip(":")
    assert f"http://any:PASSWORD@{address}" in process.stderr.readline()
    assert ask(address, api) == 407
    assert ask(address, api, headers={"Proxy-Authorization": "Basic eDpwYTU1dzByZA=="}) == 200


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--listen", "0.0.0.0:0"], 1, "0.0.0.0:0 can be reached from other machines, so clients must give a password."),
        (["--mode", "sideways"], 3, "settings.mode: 'sideways' is no mode (unknown mode)."),
        (["--upstream-ca", "/dev/null"], 3, "settings.upstream_ca: /dev/null holds no certificate."),
        (["--max-signed-body", "much"], 2, "Invalid value for '--max-signed-body': 'much' is not a size; write 16MiB."),
    ],
)
def test_a_setting_that_cannot_be_is_told_and_nothing_runs(authwright, configured_folder, arguments, code, message):
    done = authwright("run", *arguments)
    assert (done.returncode, done.stderr.splitlines()[0]) == (code, f"authwright: {message}")
