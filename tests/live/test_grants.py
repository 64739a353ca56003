"""Every grant that needs no person, by every client authentication, against a certified OpenID provider."""

import json
import subprocess
from collections import Counter

import pytest
from tests.live import granted, proxies
from tests.live.granted import GRANT_TYPES, PAIRS, authentication, client_of
from tests.live.needs import program
from tests.live.process import authwright, of_authwright, until

pytestmark = pytest.mark.live


def get(proxy, *urls):
    """Status and JSON body of each, by one curl through the proxy."""
    argv = [program("curl"), "-sS", "--max-time", "60", "-w", "\n%{http_code}\n", *urls]
    done = proxy.client(argv)
    assert done.returncode == 0, done.stderr.decode()
    lines = [line for line in done.stdout.decode().splitlines() if line]
    return [(int(status), json.loads(body)) for body, status in zip(lines[::2], lines[1::2], strict=True)]


def command(proxy, *words):
    """One of our own commands, on the same store."""
    argv = authwright(*words, "--config", str(proxy.folder / "authwright.yaml"))
    return subprocess.run(argv, env=of_authwright(proxy.folder), capture_output=True, text=True, timeout=60, check=False)


def asked(oidc):
    """How often each client asked by each grant type, with which status."""
    return Counter((entry["client"], entry["grant"], entry["status"]) for entry in oidc.log()["token"])


def api(oidc, *names):
    return [f"{oidc.url('http')}/api/read/{name}/" for name in names]


@pytest.fixture(scope="module")
def everything(oidc_server, pki, folder):
    """A proxy with a credential for each pair; what each client got before and after the API refused its token."""
    home = folder / "everything"
    home.mkdir()
    credentials = granted.every(oidc_server, pki)
    urls = api(oidc_server, *(f"{grant}-{method}" for grant, method in PAIRS))
    oidc_server.forget()
    with proxies.running(home, granted.text(oidc_server, pki, credentials)) as proxy:
        first, first_asked = get(proxy, *urls), asked(oidc_server)
        oidc_server.revoke()
        oidc_server.forget()
        second, second_asked = get(proxy, *urls), asked(oidc_server)
    return {"first": (first, first_asked), "second": (second, second_asked)}


def test_every_grant_obtains_by_every_client_authentication(everything):
    answers, _ = everything["first"]
    expected = [(200, client_of(method), None if grant == "client_credentials" else "alice") for grant, method in PAIRS]
    assert [(status, body["client"], body.get("account")) for status, body in answers] == expected


def test_each_is_one_request_of_its_own_grant_type(everything):
    _, requests = everything["first"]
    expected = Counter((client_of(method), GRANT_TYPES.get(grant, grant), 200) for grant, method in PAIRS)
    source = (client_of("client_secret_post"), "password", 200)
    assert requests == expected + Counter([source])


def test_a_refused_token_is_replaced_by_a_refresh_where_there_is_a_refresh_token(everything):
    answers, requests = everything["second"]
    assert [status for status, _ in answers] == [200] * len(PAIRS)
    refreshed = [method for grant, method in PAIRS if grant in ("password", "refresh_token")] + ["client_secret_post"]
    assert Counter(client for client, grant, _ in requests.elements() if grant == "refresh_token") == Counter(
        map(client_of, refreshed)
    )


def test_a_subject_token_that_is_no_longer_good_is_replaced_and_exchanged_again(everything):
    """The server refuses the first exchange only: then the source's token is a new one."""
    _, requests = everything["second"]
    statuses = Counter(status for _, grant, status in requests.elements() if grant == GRANT_TYPES["token_exchange"])
    assert statuses == Counter({200: 7, 400: 1})


def test_a_service_accounts_file_says_it_all(oidc, pki, tmp_path):
    account = {
        "type": "service_account",
        "client_email": "asserting",
        "private_key": oidc.keys.signing.read_text(),
        "private_key_id": "signing",
        "token_uri": f"{oidc.url('http')}/token",
    }
    (tmp_path / "robot.json").write_text(json.dumps(account))
    one = {"type": "oauth2", "grant": "jwt_bearer", "service_account": "robot.json", "subject": "alice"}
    one |= {"client_id": "none", "client_auth": "none"}  # this provider wants a client, Google does not
    with proxies.running(tmp_path, granted.text(oidc, pki, {"one": one})) as proxy:
        ((status, body),) = get(proxy, *api(oidc, "one"))
    assert (status, body["account"]) == (200, "alice")


def test_a_certificate_is_presented_at_the_token_endpoint_by_whom_it_belongs_to_alone(oidc, pki, tmp_path):
    both = {method: {**authentication(oidc, pki, method), "grant": "client_credentials"} for method in granted.METHODS[4:6]}
    both["bare"] = {**authentication(oidc, pki, "client_secret_post"), "grant": "client_credentials"}
    both["bare"]["token_endpoint"] = f"{oidc.url('https')}/token"
    with proxies.running(tmp_path, granted.text(oidc, pki, both)) as proxy:
        assert [status for status, _ in get(proxy, *api(oidc, *both))] == [200] * 3
    seen = {entry["client"]: entry.get("certificate") for entry in oidc.log()["token"]}
    assert seen == {"tls-client-auth": "rule-client", "self-signed-tls-client-auth": "self-signed", "client-secret-post": None}


def test_a_signed_token_is_for_the_resource_that_was_named(oidc, pki, tmp_path):
    resource = "https://api.example.test/jwt"
    one = {**authentication(oidc, pki, "private_key_jwt"), "grant": "client_credentials", "resource": resource}
    with proxies.running(tmp_path, granted.text(oidc, pki, {"one": one})) as proxy:
        ((status, body),) = get(proxy, *api(oidc, "one"))
    assert (status, body["audience"], oidc.log()["token"][0]["resource"]) == (200, resource, resource)


def test_each_resource_is_sent(oidc, pki, tmp_path):
    both = ["https://api.example.test/one", "https://api.example.test/two"]
    one = {**authentication(oidc, pki, "client_secret_post"), "grant": "client_credentials", "resource": both}
    with proxies.running(tmp_path, granted.text(oidc, pki, {"one": one})) as proxy:
        ((status, body),) = get(proxy, *api(oidc, "one"))
    assert oidc.log()["token"][0]["resource"] == both
    assert (status, "invalid_target" in body["detail"]) == (502, True)  # this provider gives a token for one alone


@pytest.mark.parametrize("method", ["client_secret_basic", "tls_client_auth"])
def test_endpoints_are_discovered_from_the_issuer(oidc, pki, tmp_path, method):
    """A client with a certificate finds the endpoint where it is asked for one (RFC 8705 section 5)."""
    one = {**authentication(oidc, pki, method), "grant": "client_credentials", "issuer": oidc.url("http")}
    del one["token_endpoint"]
    with proxies.running(tmp_path, granted.text(oidc, pki, {"one": one})) as proxy:
        assert [status for status, _ in get(proxy, *api(oidc, "one"))] == [200]


def test_metadata_of_another_issuer_is_refused(oidc, pki, tmp_path):
    one = {**authentication(oidc, pki, "client_secret_post"), "grant": "client_credentials"}
    del one["token_endpoint"]
    one["issuer"] = oidc.url("http").replace("127.0.0.1", "localhost")
    with proxies.running(tmp_path, granted.text(oidc, pki, {"one": one})) as proxy:
        ((status, body),) = get(proxy, *api(oidc, "one"))
    assert (status, body["code"], oidc.log()["token"]) == (502, "discovery_failed", [])
    assert f"is that of {oidc.url('http')}" in body["detail"]


def test_the_server_is_asked_about_a_token_and_then_ends_it(oidc, pki, tmp_path):
    one = {**authentication(oidc, pki, "client_secret_jwt"), "grant": "password", "username": "alice", "password": "wonderland"}
    one |= {"issuer": oidc.url("http")}
    with proxies.running(tmp_path, granted.text(oidc, pki, {"one": one})) as proxy:
        assert [status for status, _ in get(proxy, *api(oidc, "one"))] == [200]
        refreshed = command(proxy, "refresh", "one")  # by a process of its own, which discovers the endpoint for itself
        token = command(proxy, "token", "one").stdout.strip()
        known = json.loads(command(proxy, "tokens", "one", "--introspect", "--json").stdout)
        ended = command(proxy, "logout", "one", "--revoke")
        left = command(proxy, "tokens", "--json").stdout
    assert (refreshed.returncode, [entry["grant"] for entry in oidc.log()["token"]]) == (0, ["password", "refresh_token"])
    (answer,) = known
    assert (answer["name"], answer["introspection"]["active"], answer["introspection"]["sub"]) == ("one", True, "alice")
    assert (ended.returncode, json.loads(left)) == (0, []), ended.stderr
    assert direct(oidc, "/api/read", "-H", f"Authorization: Bearer {token}") == "401"


def test_a_running_proxy_lets_go_of_a_token_that_is_forgotten_elsewhere(oidc, pki, tmp_path):
    one = {**authentication(oidc, pki, "client_secret_post"), "grant": "client_credentials"}
    with proxies.running(tmp_path, granted.text(oidc, pki, {"one": one})) as proxy:
        assert [status for status, _ in get(proxy, *api(oidc, "one"))] == [200]
        assert command(proxy, "logout", "one").returncode == 0
        until(lambda: get(proxy, *api(oidc, "one"))[0][0] == 200 and len(oidc.log()["token"]) == 2, "the next token")


def direct(oidc, path, *options):
    """The status of a request that goes past the proxy."""
    argv = [program("curl"), "-s", "-o", "/dev/null", "-w", "%{http_code}", *options, f"{oidc.url('http')}{path}"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True).stdout
