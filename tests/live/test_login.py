"""Signing in with a browser against a certified OpenID provider, by the real command."""

import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.live.browsing import browse, redirect_of
from tests.live.sign_in_setup import DENY, SignInSetup, ended, url_in

pytestmark = pytest.mark.live


@pytest.fixture
def sign_in_setup(tmp_path, oidc, pki):
    return SignInSetup(tmp_path, oidc, pki)


def test_a_person_signs_in_once_and_the_token_is_renewed_without_them(sign_in_setup):
    sign_in_setup.configure()
    done = sign_in_setup.run("login", "api")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.endswith("Signed in for api: the token is good for 9 m; it is renewed without you.\n")
    first = sign_in_setup.run("token", "api")
    assert sign_in_setup.run("refresh", "api").returncode == 0
    assert sign_in_setup.run("token", "api").stdout not in ("", first.stdout)
    assert sign_in_setup.grants() == [("authorization_code", 200), ("refresh_token", 200)]


def test_the_last_page_says_so_and_its_address_holds_no_code(sign_in_setup):
    sign_in_setup.configure()
    sign_in_setup.run("login", "api")
    page = sign_in_setup.page()
    assert (page["status"], urlsplit(page["url"]).query) == (200, "")
    assert "<h1>Signed in</h1>" in page["text"]


@pytest.mark.parametrize("iss", ["https://evil.example", None])
def test_an_answer_of_another_server_is_refused_before_its_code_goes_anywhere(sign_in_setup, iss):
    sign_in_setup.configure(issuer=sign_in_setup.base, authorization_endpoint=None, token_endpoint=None)
    done = sign_in_setup.run("login", "api", browsing={"change": {"iss": iss}})
    assert (done.returncode, "its iss is" in done.stderr) == (1, True)
    assert "<h1>Not signed in</h1>" in sign_in_setup.page()["text"]
    assert sign_in_setup.oidc.log()["token"] == []


def test_a_pushed_authorization_request_leaves_nothing_in_the_browsers_address(sign_in_setup):
    sign_in_setup.configure("par", pushed_authorization_request_endpoint=f"{sign_in_setup.base}/request")
    process = sign_in_setup.start("login", "api", "--no-browser")
    url = url_in(process.stderr)
    browse(url)
    assert ended(process)[0] == 0
    assert set(parse_qs(urlsplit(url).query)) == {"client_id", "request_uri"}


def test_a_provider_that_wants_the_request_pushed_says_so_in_the_terminal_and_in_the_browser(sign_in_setup):
    sign_in_setup.configure("par")
    done = sign_in_setup.run("login", "api")
    assert (done.returncode, "invalid_request" in done.stderr) == (1, True)
    assert "<h1>Not signed in</h1>" in sign_in_setup.page()["text"]


def test_plain_pkce_is_sent_as_it_is_and_this_provider_refuses_it(sign_in_setup):
    sign_in_setup.configure(pkce="plain")
    done = sign_in_setup.run("login", "api")
    assert (done.returncode, "invalid_request" in done.stderr) == (1, True)


def test_a_person_who_says_no_is_believed(sign_in_setup):
    sign_in_setup.configure(extra=DENY)
    done = sign_in_setup.run("login", "api")
    assert done.returncode == 1
    assert "refused the sign-in: access_denied, “user said no”" in done.stderr
    assert "access_denied" in sign_in_setup.page()["text"]
    assert sign_in_setup.run("token", "api").returncode == 4


@pytest.mark.parametrize("state", ["another", None])
def test_an_answer_with_a_wrong_state_is_refused_and_the_right_one_still_awaited(sign_in_setup, state):
    sign_in_setup.configure()
    process = sign_in_setup.start("login", "api", "--no-browser")
    url = url_in(process.stderr)
    page = browse(url, change={"state": state})
    assert (page.status_code, "another sign-in" in page.text) == (400, True)
    assert browse(url).status_code == 200
    assert ended(process)[0] == 0
    assert sign_in_setup.grants() == [("authorization_code", 200)]


def test_a_closed_tab_ends_the_wait_with_exit_code_4(sign_in_setup):
    sign_in_setup.configure()
    done = sign_in_setup.run("login", "api", "--timeout", "1", browsing={"leave": True})
    assert done.returncode == 4
    assert "Nobody signed in for api within 1 seconds." in done.stderr


def test_a_pasted_address_does_as_well(sign_in_setup):
    sign_in_setup.configure()
    process = sign_in_setup.start("login", "api", "--no-browser")
    url = url_in(process.stderr)
    answer = redirect_of(url)
    code, _, err = ended(process, given=f"nonsense\n{answer}&state=twice\n{answer}\n")
    assert code == 0, err
    assert err.count("Paste the whole address") == 2


def test_a_redirect_that_leads_elsewhere_is_pasted(sign_in_setup):
    sign_in_setup.configure("elsewhere", redirect_uri="https://client.example.test/callback")
    process = sign_in_setup.start("login", "api", "--no-browser")
    answer = redirect_of(url_in(process.stderr))
    assert answer.startswith("https://client.example.test/callback?")
    assert ended(process, given=answer + "\n")[0] == 0


def test_a_fixed_port_that_is_taken_is_said_before_any_browser_opens(sign_in_setup):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sign_in_setup.configure(redirect_uri=f"http://127.0.0.1:{port}/callback")
        done = sign_in_setup.run("login", "api")
    assert done.returncode == 1
    assert f"The port {port} of redirect_uri is in use" in done.stderr
    assert not sign_in_setup.page_file.exists()
    assert sign_in_setup.run("login", "api").returncode == 0


def test_two_people_can_sign_in_at_once(sign_in_setup):
    sign_in_setup.configure()
    with ThreadPoolExecutor() as threads:
        done = list(threads.map(lambda _: sign_in_setup.run("login", "api"), range(2)))
    assert [each.returncode for each in done] == [0, 0]
    assert sign_in_setup.run("token", "api").returncode == 0


def test_without_a_person_a_command_says_what_to_type(sign_in_setup):
    sign_in_setup.configure()
    for done in (sign_in_setup.run("token", "api"), sign_in_setup.run("refresh", "api")):
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr == "authwright: Nobody has signed in yet.\n  hint: authwright login api\n"
    for done in (
        sign_in_setup.run("--no-input", "login", "api"),
        sign_in_setup.run("login", "api", env={"AUTHWRIGHT_NO_INPUT": "1"}),
    ):
        assert (done.returncode, "hint: authwright login api" in done.stderr) == (4, True)
    assert not sign_in_setup.page_file.exists()
