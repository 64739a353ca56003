"""Digest against servers that verify it: Apache, lighttpd and httpbin."""

import hashlib
import json
import time

import pytest
from tests.live import challengers, keeping_alive, proxies
from tests.live.challengers import PASSWORD, USER
from tests.live.needs import program
from tests.live.process import until

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def apache_digest(installed, folder):
    (folder / "digest").mkdir()
    with challengers.apache_digest(folder / "digest") as server:
        yield server


@pytest.fixture(scope="module")
def lighttpd(installed, folder):
    (folder / "lighttpd").mkdir()
    with challengers.lighttpd(folder / "lighttpd") as server:
        yield server


@pytest.fixture(scope="module")
def httpbin(installed, folder):
    (folder / "httpbin").mkdir()
    with challengers.httpbin(folder / "httpbin") as server:
        yield server


def configuration(server, **parameters):
    auth = {"type": "digest", "username": USER, "password": PASSWORD} | parameters
    rule = {"name": "challenged", "match": server.url, "auth": auth}
    return json.dumps({"version": 1, "rules": [rule]})


def curl(proxy, url, *options):
    """Status and body."""
    done = proxy.client([program("curl"), "-sS", "--max-time", "30", "-w", "\n%{http_code}", *options, url])
    assert done.returncode == 0, done.stderr.decode()
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


@pytest.mark.parametrize("name", ["apache_digest", "lighttpd"])
def test_one_round_trip_more_for_a_protection_space(name, request, tmp_path):
    server = request.getfixturevalue(name)
    before = len(server.seen())
    with proxies.running(tmp_path, configuration(server)) as proxy:
        answers = [curl(proxy, f"{server.url}/page") for _ in range(6)]
    assert answers == [(200, b"ok\n")] * 6
    until(lambda: len(server.seen()) >= before + 7, f"{name}'s log")  # lighttpd writes its own now and then
    assert [status for status, *_ in server.seen()[before:]] == ["401"] + ["200"] * 6


def test_lighttpd_is_told_the_hash_of_the_name_by_the_strongest_algorithm(lighttpd, tmp_path):
    before = len(lighttpd.seen())
    with proxies.running(tmp_path, configuration(lighttpd)) as proxy:
        assert curl(proxy, f"{lighttpd.url}/page")[0] == 200
    until(lambda: len(lighttpd.seen()) >= before + 2, "lighttpd's log")
    sent = lighttpd.seen()[-1][3]
    assert ("userhash=true" in sent, "algorithm=SHA-256" in sent, USER in sent) == (True, True, False)


def test_the_next_nonce_that_apache_names_is_used_before_the_old_one_ends(apache_digest, tmp_path):
    before = len(apache_digest.seen())
    with proxies.running(tmp_path, configuration(apache_digest)) as proxy:
        statuses, end = [], time.monotonic() + 5
        while time.monotonic() < end:
            statuses.append(curl(proxy, f"{apache_digest.url}/stale/page")[0])
    nonces = {
        sent.partition('nonce="')[2].partition('"')[0] for status, _, _, sent in apache_digest.seen()[before:] if status == "200"
    }
    assert (set(statuses), apache_digest.extra(before), len(nonces) > 1) == ({200}, 1, True)


def test_a_nonce_that_has_ended_is_replaced_and_no_client_sees_it(apache_digest, tmp_path):
    before = len(apache_digest.seen())
    with proxies.running(tmp_path, configuration(apache_digest)) as proxy:
        for life in range(3):
            assert curl(proxy, f"{apache_digest.url}/stale/page")[0] == 200
            ended = time.monotonic() + 2.5
            until(lambda ended=ended: time.monotonic() > ended, f"the end of nonce {life}")
    assert [status for status, *_ in apache_digest.seen()[before:]] == ["401", "200"] * 3
    assert [sent == "-" for _, _, _, sent in apache_digest.seen()[before:]] == [True] + [False] * 5


@pytest.mark.parametrize("size", [0, 3, 200_000])
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_arrives_whole_and_its_request_once(apache_digest, tmp_path, size, framing):
    body = tmp_path / "body"
    body.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    before = len(apache_digest.seen())
    chunked = ["-H", "Transfer-Encoding: chunked"] if framing == "chunks" else []
    with proxies.running(tmp_path, configuration(apache_digest)) as proxy:
        url = f"{apache_digest.url}/echo"
        assert curl(proxy, url, *chunked, "--data-binary", f"@{body}") == (200, body.read_bytes())
    seen = [(status, method) for status, method, *_ in apache_digest.seen()[before:]]
    streamed = size > 65536 or framing == "chunks"
    assert seen == [("401", "HEAD" if streamed else "POST"), ("200", "POST")]


def test_a_wrong_password_ends_in_the_servers_own_answer_after_one_try(apache_digest, tmp_path):
    before = len(apache_digest.seen())
    with proxies.running(tmp_path, configuration(apache_digest, password="wrong")) as proxy:
        status, body = curl(proxy, f"{apache_digest.url}/page")
    assert (status, b"Unauthorized" in body) == (401, True)
    assert [bool(sent != "-") for *_, sent in apache_digest.seen()[before:]] == [False, True]


def test_without_retry_one_request_is_sent(apache_digest, tmp_path):
    before = len(apache_digest.seen())
    with proxies.running(tmp_path, configuration(apache_digest, retry=False)) as proxy:
        statuses = [curl(proxy, f"{apache_digest.url}/page")[0] for _ in range(2)]
    assert (statuses, len(apache_digest.seen()) - before) == ([401, 200], 2)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "SHA-512"])
@pytest.mark.parametrize("qop", ["auth", "auth-int"])
def test_httpbin_verifies_every_algorithm_and_quality(httpbin, tmp_path, algorithm, qop):
    path = f"digest-auth/{qop}/alice/pass-1/{algorithm}"
    parameters = {"username": "alice", "password": "pass-1"} | ({"qop": qop} if qop == "auth-int" else {})
    with proxies.running(tmp_path, configuration(httpbin, **parameters)) as proxy:
        status, body = curl(proxy, f"{httpbin.url}/{path}", "-X", "GET", "-H", "Content-Type: text/plain", "-d", "a body")
    assert (status, json.loads(body)["user"]) == (200, "alice")


def test_64_clients_and_2000_requests_cost_one_round_trip_more(apache_digest, tmp_path):
    before = len(apache_digest.seen())
    each = [keeping_alive.get(f"{apache_digest.url}/page")] * 31
    with proxies.running(tmp_path, configuration(apache_digest)) as proxy:
        seen = keeping_alive.run(proxy.address, [each + each[: n < 16] for n in range(64)])
    assert seen == {(200, USER, True): 2000}
    requests = apache_digest.seen()[before:]
    assert (len(requests), apache_digest.extra(before)) == (2001, 1)
    counts = [sent.partition("nc=")[2][:8] for status, _, _, sent in requests if status == "200"]
    assert (len(set(counts)), min(counts), max(counts)) == (2000, "00000001", f"{2000:08x}")


def test_a_body_that_streams_arrives_as_it_was_sent(apache_digest, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(hashlib.sha512(b"seed").digest() * (8 << 14))
    with proxies.running(tmp_path, configuration(apache_digest)) as proxy:
        status, answered = curl(proxy, f"{apache_digest.url}/sum", "-T", str(body))
    assert (status, answered.split()[0].decode()) == (200, hashlib.sha256(body.read_bytes()).hexdigest())
