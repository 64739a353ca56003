"""A token's life against a certified OpenID provider: obtained, refused, replaced, out of date."""

import json
import os
import subprocess
import time

import pytest
from tests.live import proxies, servers
from tests.live.needs import program
from tests.live.process import until
from tests.live.servers import CLIENTS

pytestmark = pytest.mark.live


def get(proxy, url, *options):
    """Status and body by curl."""
    done = proxy.client([program("curl"), "-sS", "--max-time", "20", "-w", "\n%{http_code}", *options, url])
    assert done.returncode == 0, done.stderr.decode()
    body, _, status = done.stdout.decode().rpartition("\n")
    return int(status), body


def ended(url, authorization):
    """Whether the API refuses a token that is sent to it directly."""
    argv = [program("curl"), "-s", "-o", os.devnull, "-w", "%{http_code}", "-H", f"Authorization: {authorization}", url]
    return subprocess.check_output(argv, timeout=20) == b"401"


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_authentication_delivers_its_secret_whole(oidc, apache, pki, tmp_path, client):
    with proxies.running(tmp_path, proxies.configuration(pki, oidc, apache, "http", client), client) as proxy:
        status, body = get(proxy, f"{oidc.url('http')}/api/read")
    assert (status, json.loads(body)["client"]) == (200, CLIENTS[client]["client_id"])


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_token_is_used_again_and_again(oidc, apache, pki, tmp_path, scheme):
    with proxies.running(tmp_path, proxies.configuration(pki, oidc, apache, scheme)) as proxy:
        statuses = [get(proxy, f"{oidc.url(scheme)}/api/read")[0] for _ in range(3)]
    log = oidc.log()
    assert (statuses, len(log["token"]), len(log["api"])) == ([200, 200, 200], 1, 3)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_revoked_token_is_replaced_by_one_request_and_the_client_sees_none_of_it(oidc, apache, pki, tmp_path, scheme):
    with proxies.running(tmp_path, proxies.configuration(pki, oidc, apache, scheme)) as proxy:
        url = f"{oidc.url(scheme)}/api/read"
        first = get(proxy, url)[0]
        oidc.revoke()
        second, third = get(proxy, url)[0], get(proxy, url)[0]
    log = oidc.log()
    assert [first, second, third] == [200, 200, 200]
    assert [entry["status"] for entry in log["api"]] == [200, 401, 200, 200]
    assert len(log["token"]) == 2


def test_a_token_outlives_the_proxy_that_obtained_it(oidc, apache, pki, tmp_path):
    for _ in range(2):
        with proxies.running(tmp_path, proxies.configuration(pki, oidc, apache, "http")) as proxy:
            assert get(proxy, f"{oidc.url('http')}/api/read")[0] == 200
    assert len(oidc.log()["token"]) == 1


def test_a_token_that_lacks_a_scope_is_not_replaced(oidc, apache, pki, tmp_path):
    with proxies.running(tmp_path, proxies.configuration(pki, oidc, apache, "http")) as proxy:
        status, body = get(proxy, f"{oidc.url('http')}/api/write")
    assert (status, body) == (403, '{"error":"insufficient_scope"}')
    assert len(oidc.log()["token"]) == 1


def test_many_clients_at_once_cause_one_token_request(oidc, apache, pki, tmp_path):
    with proxies.running(tmp_path, proxies.configuration(pki, oidc, apache, "http")) as proxy:
        urls = [f"{oidc.url('http')}/api/read?n={n}" for n in range(50)]
        argv = [program("curl"), "-sS", "--max-time", "20", "--parallel", "--parallel-max", "50", "--fail", *urls]
        done = proxy.client(argv)
    log = oidc.log()
    assert (done.returncode, len(log["token"]), len(log["api"])) == (0, 1, 50), done.stderr.decode()


def test_a_token_that_has_ended_is_obtained_anew_before_it_is_sent(installed, apache, pki, tmp_path, tmp_path_factory):
    with (
        servers.oidc(tmp_path, pki, ttl=2) as oidc,  # it counts whole seconds: one could be over at once
        proxies.running(tmp_path_factory.mktemp("proxy"), proxies.configuration(pki, oidc, apache, "http")) as proxy,
    ):
        url = f"{oidc.url('http')}/api/read"
        first = get(proxy, url)[0]
        lifetime_over = time.monotonic() + 2
        headers = oidc.log()["api"][0]["headers"]
        token = dict(zip(headers[::2], headers[1::2], strict=True))["Authorization"]
        until(lambda: ended(f"{oidc.url('http')}/api/direct", token) and time.monotonic() > lifetime_over, "the token's end")
        last = get(proxy, url)[0]
        log = oidc.log()
    assert (first, last) == (200, 200)
    assert [entry["status"] for entry in log["api"] if entry["url"] == "/api/read"] == [200, 200]
    assert len(log["token"]) >= 2


def test_a_wrong_client_secret_is_the_proxys_own_answer(oidc, apache, pki, tmp_path):
    text = proxies.configuration(pki, oidc, apache, "http").replace("${env:LIVE_SECRET}", "not the secret")
    with proxies.running(tmp_path, text) as proxy:
        status, body = get(proxy, f"{oidc.url('http')}/api/read")
    problem = json.loads(body)
    assert (status, problem["status"], problem["rule"]) == (502, 502, "api")
    assert problem["code"].startswith("token_endpoint")
    assert "invalid_client" in body
    assert oidc.log()["api"] == []
