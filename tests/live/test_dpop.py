"""Tokens bound to a key (RFC 9449), against a certified OpenID provider and an API that checks each proof."""

from collections import Counter

import pytest
from tests.live import granted, proxies
from tests.live.granted import authentication
from tests.live.registered import SECRET
from tests.live.test_grants import api, command, direct, get

pytestmark = pytest.mark.live

PASSWORD = {"grant": "password", "username": "alice", "password": "wonderland", "dpop": True}
MACHINE = {"grant": "client_credentials", "dpop": True}


def credentials(oidc, pki):
    nonce = {**authentication(oidc, pki, "client_secret_basic"), "client_id": "nonce", "client_secret": SECRET}
    return {
        "machine": {**authentication(oidc, pki, "client_secret_post"), **MACHINE},
        "assertion": {**authentication(oidc, pki, "private_key_jwt"), **MACHINE},
        "certificate": {**authentication(oidc, pki, "tls_client_auth"), **MACHINE},
        "public": {**authentication(oidc, pki, "none"), **PASSWORD},
        "nonce": {**nonce, **MACHINE},
    }


@pytest.fixture
def proxy(oidc, pki, tmp_path):
    made = credentials(oidc, pki)
    with proxies.running(tmp_path, granted.text(oidc, pki, made, {"nonce": "/api/nonce/nonce"})) as running:
        yield running


def test_a_bound_token_is_presented_with_a_proof(oidc, proxy):
    answers = get(proxy, *api(oidc, "machine", "assertion", "certificate", "public"))
    assert [(status, bool(body["jkt"])) for status, body in answers] == [(200, True)] * 4
    assert all(entry["dpop"] for entry in oidc.log()["token"])


def test_a_bound_token_is_worth_nothing_without_its_key(oidc, proxy):
    get(proxy, *api(oidc, "machine"))
    token = command(proxy, "token", "machine").stdout.strip()
    statuses = [direct(oidc, "/api/read/machine/", "-H", f"Authorization: {scheme} {token}") for scheme in ("Bearer", "DPoP")]
    assert statuses == ["401", "401"]


def test_the_key_stays_with_the_refresh_token(oidc, proxy):
    """A public client's refresh token is bound to the key (RFC 9449 section 5): with another one it would be refused."""
    ((_, before),) = get(proxy, *api(oidc, "public"))
    oidc.revoke()
    oidc.forget()
    ((status, after),) = get(proxy, *api(oidc, "public"))
    assert (status, after["jkt"]) == (200, before["jkt"])
    assert [(entry["grant"], entry["status"]) for entry in oidc.log()["token"]] == [("refresh_token", 200)]


def test_the_token_endpoints_nonce_goes_into_a_second_proof(oidc, proxy):
    assert command(proxy, "token", "nonce").returncode == 0
    assert [(entry["client"], entry["status"]) for entry in oidc.log()["token"]] == [("nonce", 400), ("nonce", 200)]


def test_the_apis_nonce_is_kept_and_replaced_when_it_is_used_up(oidc, proxy):
    """One nonce is good for three proofs: of seven requests three were made twice."""
    url = f"{oidc.url('http')}/api/nonce/nonce/"
    assert [status for status, _ in get(proxy, *[url] * 7)] == [200] * 7
    assert Counter(entry["status"] for entry in oidc.log()["api"]) == Counter({200: 7, 401: 3})
