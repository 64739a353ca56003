"""Requests through the real proxy with what a sign-in with a browser gave, or that need someone to sign in."""

import os
import re
from urllib.parse import urlsplit

import pytest
from tests.live.browsing import redirect_of
from tests.live.process import until
from tests.live.sign_in_setup import DENY, SignInSetup, ended, url_in
from tests.live.test_login_device import Person, told

pytestmark = pytest.mark.live


@pytest.fixture
def sign_in_setup(tmp_path, oidc, pki):
    return SignInSetup(tmp_path, oidc, pki)


def proofs(sign_in_setup):
    """What a client of each authentication has to prove itself with, beside its identifier."""
    keys, tls = sign_in_setup.oidc.keys, {"token_endpoint": f"{sign_in_setup.oidc.url('https')}/token"}
    signing = {"private_key": str(keys.signing), "key_id": "signing", "client_secret": None}
    return {
        "client_secret_basic": {},
        "client_secret_post": {"pkce": "off"},
        "client_secret_jwt": {},
        "private_key_jwt": signing,
        "tls_client_auth": {**tls, "client_certificate": str(sign_in_setup.pki.client), "client_secret": None},
        "self_signed_tls_client_auth": {**tls, "client_certificate": str(keys.selfsigned), "client_secret": None},
    }


@pytest.mark.parametrize(
    "method",
    [
        *("client_secret_basic", "client_secret_post", "client_secret_jwt"),
        *("private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"),
    ],
)
def test_a_confidential_client_proves_itself_when_the_code_is_exchanged_and_when_the_token_is_renewed(sign_in_setup, method):
    sign_in_setup.configure(method.replace("_", "-"), client_auth=method, **proofs(sign_in_setup)[method])
    done = sign_in_setup.run("login", "api")
    assert done.returncode == 0, done.stderr
    with sign_in_setup.proxy() as get:
        assert get("/api/read")[0][0] == 200
        sign_in_setup.oidc.revoke()
        assert get("/api/read")[0][0] == 200
    assert sign_in_setup.grants() == [("authorization_code", 200), ("refresh_token", 200)]


def test_everything_is_found_by_the_issuer_and_the_token_bound_to_a_key(sign_in_setup):
    found = {"issuer": sign_in_setup.base, "authorization_endpoint": None, "token_endpoint": None}
    sign_in_setup.configure("nonce", client_auth="client_secret_basic", dpop=True, **found)
    done = sign_in_setup.run("login", "api")
    assert done.returncode == 0, done.stderr
    with sign_in_setup.proxy() as get:
        [(status, said)] = get("/api/nonce")
    assert (status, bool(said["jkt"])) == (200, True)


def test_a_credential_for_the_browser_can_be_signed_in_with_another_device(sign_in_setup):
    sign_in_setup.configure(device_authorization_endpoint=f"{sign_in_setup.base}/device/auth")
    process = sign_in_setup.start("login", "api", "--device")
    page, code, _ = told(process.stderr)
    assert urlsplit(page).path == "/device"
    Person(page).enter(code)
    assert ended(process)[0] == 0
    with sign_in_setup.proxy() as get:
        assert get("/api/read")[0][0] == 200


def test_a_request_without_a_token_gets_503_with_the_command(sign_in_setup):
    sign_in_setup.configure()
    with sign_in_setup.proxy() as get:
        [(status, problem)] = get("/api/read")
        assert (status, problem["code"], problem["hint"]) == (503, "login_required", "authwright login api")
        assert sign_in_setup.run("login", "api").returncode == 0
        until(lambda: get("/api/read")[0][0] == 200, "the token of the other process")
    assert [entry["status"] for entry in sign_in_setup.oidc.log()["api"]] == [200]


def test_requests_wait_while_one_browser_signs_in(sign_in_setup):
    sign_in_setup.configure()
    with sign_in_setup.proxy("--interactive") as get:
        assert [status for status, _ in get(*(f"/api/read?n={n}" for n in range(20)))] == [200] * 20
        assert get("/api/read")[0][0] == 200
    assert sign_in_setup.grants() == [("authorization_code", 200)]
    assert (sign_in_setup.folder / "proxy" / "err").read_text().count("A request needs someone to sign in for api.") == 1


def test_a_command_waits_while_a_browser_signs_in(sign_in_setup):
    sign_in_setup.configure()
    asked = ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", f"{sign_in_setup.base}/api/read"]
    done = [sign_in_setup.run("exec", *flags, "--", *asked) for flags in ([], ["--interactive"], [])]
    assert [each.stdout for each in done] == ["503", "200", "200"], done[1].stderr
    assert sign_in_setup.grants() == [("authorization_code", 200)]


def test_a_refresh_token_is_used_before_anybody_is_asked(sign_in_setup):
    sign_in_setup.configure()
    sign_in_setup.run("login", "api")
    sign_in_setup.page_file.unlink()
    with sign_in_setup.proxy("--interactive") as get:
        assert get("/api/read")[0][0] == 200
        sign_in_setup.oidc.revoke()
        assert get("/api/read")[0][0] == 200
    assert sign_in_setup.grants() == [("authorization_code", 200), ("refresh_token", 200)]
    assert not sign_in_setup.page_file.exists()


def test_a_person_who_says_no_is_not_asked_again_by_the_next_request(sign_in_setup):
    sign_in_setup.configure(extra=DENY)
    with sign_in_setup.proxy("--interactive") as get:
        for _ in range(3):
            [(status, problem)] = get("/api/read")
            assert (status, problem["code"]) == (503, "login_required")
    said = (sign_in_setup.folder / "proxy" / "err").read_text()
    assert len(re.findall("needs someone to sign in", said)) == 1


def test_an_implicit_token_comes_in_the_fragment_which_is_pasted_or_posted_by_our_page(sign_in_setup):
    sign_in_setup.configure("implicit", grant="implicit", token_endpoint=None, client_auth=None, scope="openid")
    process = sign_in_setup.start("login", "api", "--no-browser")
    answer = redirect_of(url_in(process.stderr))
    code, _, err = ended(process, given=answer + "\n")
    assert (code, "then sign in again" in err) == (0, True), err
    with sign_in_setup.proxy() as get:
        assert get("/api/read")[0][0] == 200
