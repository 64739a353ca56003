"""NTLM against gss-ntlmssp in Apache, which binds an account to a connection."""

import hashlib
import json
from collections import Counter

import pytest
from tests.live import challengers, keeping_alive, proxies
from tests.live.challengers import ACCOUNTS
from tests.live.needs import program

pytestmark = pytest.mark.live

ALICE, BOB = ACCOUNTS
LOAD = 64


@pytest.fixture(scope="module")
def apache_ntlm(installed, folder):
    (folder / "ntlm").mkdir()
    with challengers.apache_ntlm(folder / "ntlm") as server:
        yield server


def rule(server, user, path="/**", **parameters):
    auth = {"type": "ntlm", "username": user, "password": ACCOUNTS.get(user, "?")} | parameters
    return {"name": f"{user} {path}", "match": f"{server.url}{path}", "auth": auth}


def configuration(*rules):
    return json.dumps({"version": 1, "rules": rules})


def curl(proxy, url, *options):
    """Status and body."""
    done = proxy.client([program("curl"), "-sS", "--max-time", "30", "-w", "\n%{http_code}", *options, url])
    assert done.returncode == 0, done.stderr.decode()
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def test_the_handshake_takes_two_round_trips_for_a_connection(apache_ntlm, tmp_path):
    before = len(apache_ntlm.seen())
    requests = [keeping_alive.get(f"{apache_ntlm.url}/page")] * 5
    with proxies.running(tmp_path, configuration(rule(apache_ntlm, ALICE))) as proxy:
        seen = keeping_alive.run(proxy.address, [requests] * 2)
    assert seen == {(200, ALICE, True): 10}
    assert Counter(status for status, *_ in apache_ntlm.seen()[before:]) == {"401": 4, "200": 10}


@pytest.mark.parametrize(
    "parameters",
    [
        {"username": ALICE},
        {"username": "alice", "domain": "RIGDOM"},
        {"workstation": "LOOKING-GLASS"},
    ],
)
def test_an_account_can_be_said_in_several_ways(apache_ntlm, tmp_path, parameters):
    with proxies.running(tmp_path, configuration(rule(apache_ntlm, ALICE, **parameters))) as proxy:
        assert curl(proxy, f"{apache_ntlm.url}/page") == (200, b"ok\n")


def test_two_users_of_one_host_never_meet(apache_ntlm, tmp_path):
    """Eight clients that keep their connection, each now one user and now the other, with uploads that are looked at."""
    rules = [rule(apache_ntlm, BOB, "/stale/**"), rule(apache_ntlm, ALICE, "/page"), rule(apache_ntlm, ALICE, "/echo")]
    alice, bob = keeping_alive.get(f"{apache_ntlm.url}/page"), keeping_alive.get(f"{apache_ntlm.url}/stale/page")
    clients = [
        [alice, bob, keeping_alive.post(f"{apache_ntlm.url}/echo", f"{n}".encode() * 5000), bob, alice] * 4 for n in range(8)
    ]
    with proxies.running(tmp_path, configuration(*rules)) as proxy:
        seen = keeping_alive.run(proxy.address, clients)
    assert seen == {(200, BOB, True): 64, (200, ALICE, True): 96}


@pytest.mark.parametrize("framing", [(), ("-H", "Transfer-Encoding: chunked")], ids=["length", "chunks"])
def test_a_body_that_streams_waits_for_the_handshake_and_is_sent_once(apache_ntlm, tmp_path, framing):
    body = tmp_path / "body"
    body.write_bytes(hashlib.sha512(b"seed").digest() * (8 << 14))
    before = len(apache_ntlm.seen())
    with proxies.running(tmp_path, configuration(rule(apache_ntlm, ALICE))) as proxy:
        status, answered = curl(proxy, f"{apache_ntlm.url}/sum", *framing, "-T", str(body))
    assert (status, answered.split()[0].decode()) == (200, hashlib.sha256(body.read_bytes()).hexdigest())
    assert [(status, method) for status, method, *_ in apache_ntlm.seen()[before:]] == [
        ("401", "HEAD"),
        ("401", "HEAD"),
        ("200", "PUT"),
    ]


def test_a_wrong_password_ends_in_the_servers_own_answer_after_one_try(apache_ntlm, tmp_path):
    before = len(apache_ntlm.seen())
    with proxies.running(tmp_path, configuration(rule(apache_ntlm, ALICE, password="wrong"))) as proxy:
        status, body = curl(proxy, f"{apache_ntlm.url}/page")
    assert (status, b"Unauthorized" in body) == (401, True)
    assert len(apache_ntlm.seen()) - before == 3


def test_without_retry_one_request_is_sent(apache_ntlm, tmp_path):
    before = len(apache_ntlm.seen())
    with proxies.running(tmp_path, configuration(rule(apache_ntlm, ALICE, retry=False))) as proxy:
        assert curl(proxy, f"{apache_ntlm.url}/page")[0] == 401
    assert len(apache_ntlm.seen()) - before == 1


def test_64_clients_and_2000_requests_cost_two_round_trips_more_for_each_connection(apache_ntlm, tmp_path):
    before = len(apache_ntlm.seen())
    each = [keeping_alive.get(f"{apache_ntlm.url}/page")] * 31
    with proxies.running(tmp_path, configuration(rule(apache_ntlm, ALICE))) as proxy:
        seen = keeping_alive.run(proxy.address, [each + each[: n < 16] for n in range(LOAD)])
    assert seen == {(200, ALICE, True): 2000}
    assert Counter(status for status, *_ in apache_ntlm.seen()[before:]) == {"401": 2 * LOAD, "200": 2000}
