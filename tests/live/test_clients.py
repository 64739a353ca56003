"""Real clients through the real proxy to real servers: what the server saw, and what the client got."""

import hashlib
import json

import pytest
from tests.live import proxies
from tests.live.clients import CLIENTS
from tests.live.needs import program
from tests.live.servers import AWKWARD

pytestmark = pytest.mark.live

BODY = bytes(range(256)) * 300
BASIC = "Basic asO8cmdlbjpww6Q6c3Mgd8O2cmTigqwl"
"""``jürgen:pä:ss wörd€%`` in UTF-8, by ``base64``."""
CASES = [(name, scheme) for name, (_, schemes) in CLIENTS.items() for scheme in schemes]


def _run(folder, text, argv):
    with proxies.running(folder, text) as proxy:
        return proxy.client(argv)


WAYS = {"run": _run, "exec": proxies.behind}


@pytest.fixture(params=WAYS)
def way(request):
    """Runs a client behind the proxy: one that runs, or one of its own."""
    return WAYS[request.param]


@pytest.fixture
def body(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(BODY)
    return path


def values(headers, name):
    """Every value of *name* in a flat list of names and values."""
    return [value for key, value in zip(headers[::2], headers[1::2], strict=True) if key.lower() == name]


@pytest.mark.parametrize(("name", "scheme"), CASES)
def test_a_client_reaches_an_api_with_a_token_it_knows_nothing_of(way, oidc, apache, pki, tmp_path, body, name, scheme):
    argv = CLIENTS[name][0](f"{oidc.url(scheme)}/api/upload?b=2&a=%2F1", body)
    done = way(tmp_path, proxies.configuration(pki, oidc, apache, scheme), argv)
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout)
    seen = {"length": len(BODY), "sha256": hashlib.sha256(BODY).hexdigest()}
    assert answer == {"client": AWKWARD["client_id"], "scope": "read", "audience": "https://api.example.test/live", **seen}
    log = oidc.log()
    token_request = {
        "client": AWKWARD["client_id"],
        "authorization": "Basic",
        "grant": "client_credentials",
        "resource": "https://api.example.test/live",
        "dpop": False,
        "status": 200,
    }
    assert log["token"] == [token_request]
    [request] = log["api"]
    assert (request["method"], request["url"]) == ("POST", "/api/upload?b=2&a=%2F1")
    assert [value.split()[0] for value in values(request["headers"], "authorization")] == ["Bearer"]
    assert [name for name in request["headers"][::2] if name.lower().startswith("proxy-")] == []


@pytest.mark.parametrize(("name", "scheme"), CASES)
def test_a_client_reaches_apache_with_a_password_it_knows_nothing_of(way, oidc, apache, pki, tmp_path, body, name, scheme):
    before = len(apache.seen())
    argv = CLIENTS[name][0](f"{apache.url(scheme)}/echo", body)
    done = way(tmp_path, proxies.configuration(pki, oidc, apache, scheme), argv)
    assert (done.returncode, done.stdout) == (0, BODY), done.stderr.decode()
    assert apache.seen()[before:] == [["200", "POST", "/echo", "-", BASIC]]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_git_clones_what_it_could_not_read(way, oidc, apache, pki, tmp_path, scheme):
    before = len(apache.seen())
    clone = tmp_path / "clone"
    argv = [program("git"), "clone", "-q", f"{apache.url(scheme)}/git/project.git", str(clone)]
    done = way(tmp_path, proxies.configuration(pki, oidc, apache, scheme), argv)
    assert done.returncode == 0, done.stderr.decode()
    assert (clone / "README").read_text() == "cloned\n"
    seen = apache.seen()[before:]
    assert {(status, authorization) for status, _, _, _, authorization in seen} == {("200", BASIC)}
