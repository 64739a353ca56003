"""Postman's own runner, with every auth set to none, through the proxy to every server that verifies credentials."""

import contextlib
import json

import pytest
from tests.live import aws_servers, challengers, postman, proxies, signers
from tests.live.needs import CACHE, program

pytestmark = pytest.mark.live


@pytest.fixture
def servers(installed, folder, tmp_path):
    """Every server, by name; their folders are ones that any user may enter."""

    def place(name):
        path = folder / f"postman-{name}"
        path.mkdir()
        return path

    keys = signers.keys(tmp_path)
    starts = {
        "apache": lambda: challengers.apache_digest(place("apache")),
        "lighttpd": lambda: challengers.lighttpd(place("lighttpd")),
        "httpbin": lambda: challengers.httpbin(place("httpbin")),
        "ntlm": lambda: challengers.apache_ntlm(place("ntlm")),
        "swift": lambda: aws_servers.swift(place("swift")),
        "moto": lambda: aws_servers.moto(place("moto")),
        "hawk": lambda: signers.hawk(place("hawk")),
        "verifier": lambda: signers.verifiers(place("verifier"), keys.public),
    }
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(start()) for name, start in starts.items()}, keys


def requests(running):
    url = {name: server.url for name, server in running.items()}
    return [
        *postman.of_oauth1(url["verifier"]),
        *postman.of_tokens(url["verifier"]),
        *postman.of_hawk(url["hawk"]),
        *postman.of_challengers(url["apache"], url["lighttpd"], url["httpbin"], url["ntlm"]),
        *postman.of_aws(url["swift"], url["moto"]),
    ]


def configuration(running, private_key):
    url = {name: server.url for name, server in running.items()}
    document = json.loads(signers.configuration(running["hawk"], running["verifier"], private_key))
    challenging = (url["apache"], url["lighttpd"])
    document["rules"] += postman.rules_of(challenging, url["ntlm"], url["httpbin"], url["swift"], running["moto"])
    return json.dumps(document, indent=1)


@pytest.mark.timeout(300)
def test_newman_without_any_auth_is_let_in_everywhere(servers, tmp_path):
    running, keys = servers
    asked = requests(running)
    (tmp_path / "collection.json").write_text(json.dumps(postman.collection(asked)))
    report = tmp_path / "report.json"
    newman = str(CACHE / "node_modules" / "newman" / "bin" / "newman.js")
    argv = [program("node"), "--no-warnings", newman, "run", str(tmp_path / "collection.json"), "--timeout-request", "20000"]
    argv += ["--reporters", "json", "--reporter-json-export", str(report)]
    with proxies.running(tmp_path, configuration(running, keys.private)) as proxy:
        done = proxy.client(argv)
    found = json.loads(report.read_text())["run"]
    statuses = {each["item"]["name"]: each.get("response", {}).get("code") for each in found["executions"]}
    assert statuses == {entry.name: entry.status for entry in asked}
    assert (found["failures"], done.returncode, len(statuses) >= 60) == ([], 0, True)
