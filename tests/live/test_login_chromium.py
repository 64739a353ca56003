"""Signing in with a real browser, Chromium, and what other pages of that browser cannot do to a sign-in."""

import http.server
import os
import shutil
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.live import chromium
from tests.live.browsing import redirect_of
from tests.live.sign_in_setup import SignInSetup, ended, url_in
from tests.live.test_login_device import told

pytestmark = pytest.mark.live


@pytest.fixture
def sign_in_setup(tmp_path, oidc, pki):
    return SignInSetup(tmp_path, oidc, pki)


@pytest.fixture
def tab(installed, tmp_path):
    with chromium.tab(tmp_path / "chromium") as opened:
        yield opened


def photographed(tab, tmp_path, name):
    """The page as a picture, kept where AUTHWRIGHT_SCREENSHOTS says."""
    tab.screenshot(tmp_path / f"{name}.png")
    if kept := os.environ.get("AUTHWRIGHT_SCREENSHOTS"):
        shutil.copy(tmp_path / f"{name}.png", kept)


def test_the_authorization_code_flow(sign_in_setup, tab, tmp_path):
    sign_in_setup.configure()
    process = sign_in_setup.start("login", "api", "--no-browser")
    tab.go(url_in(process.stderr))
    tab.shows("You can close this tab")
    photographed(tab, tmp_path, "signed-in")
    assert ended(process)[0] == 0
    assert urlsplit(tab.value("location.href")).query == ""
    entries = tab.ask("Page.getNavigationHistory")["entries"]
    assert not [entry["url"] for entry in entries if "code=" in entry["url"]]
    assert tab.complaints == []


def test_a_refusal_is_shown(sign_in_setup, tab, tmp_path):
    sign_in_setup.configure(extra={"authorization": {"query": {"login_hint": "deny"}}})
    process = sign_in_setup.start("login", "api", "--no-browser")
    tab.go(url_in(process.stderr))
    tab.shows("access_denied")
    tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    photographed(tab, tmp_path, "not-signed-in")
    assert ended(process)[0] == 1


def test_the_implicit_flow_posts_the_fragment_and_forgets_it(sign_in_setup, tab):
    sign_in_setup.configure("implicit", grant="implicit", token_endpoint=None, client_auth=None, scope="openid")
    process = sign_in_setup.start("login", "api", "--no-browser")
    tab.go(url_in(process.stderr))
    tab.shows("You can close this tab")
    assert ended(process)[0] == 0
    assert "#" not in tab.value("location.href")
    assert tab.complaints == []


def test_the_device_flow(sign_in_setup, tab, tmp_path):
    sign_in_setup.device()
    process = sign_in_setup.start("login", "api", "--no-browser")
    page, code, _ = told(process.stderr)
    tab.go(page)
    tab.shows("Enter the code")
    tab.value(f"document.querySelector('input[name=user_code]').value = '{code}'; document.forms[0].submit()")
    tab.shows("should be displayed on your device")
    photographed(tab, tmp_path, "device")
    tab.value("document.forms[0].submit()")
    tab.shows("Sign-in Success")
    assert ended(process)[0] == 0


@pytest.fixture
def foreign():
    """The origin of a page that is not ours."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>foreign</title>foreign page")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_another_page_can_neither_read_nor_end_a_sign_in(sign_in_setup, tab, foreign):
    sign_in_setup.configure()
    process = sign_in_setup.start("login", "api", "--no-browser")
    answer = redirect_of(url_in(process.stderr))
    right_state = parse_qs(urlsplit(answer).query)["state"][0]
    callback = answer.partition("?")[0]
    tab.go(foreign)
    tab.shows("foreign page")
    stolen = f"{callback}?code=attackers&state={right_state}"  # even one that knows the state cannot slip in its own code
    tried = [
        f"fetch('{stolen}').then(r => r.text(), e => e.name)",
        f"fetch('{stolen}', {{mode: 'no-cors'}}).then(r => r.type + r.status, e => e.name)",
        f"fetch('{callback}', {{method: 'POST', body: new URLSearchParams({{state: '{right_state}'}})}}).then(r => r.text(), e => e.name)",
        f"new Promise(done => {{ const i = new Image(); i.onload = i.onerror = e => done(e.type); i.src = '{stolen}' }})",
        (
            f"new Promise(done => {{ const f = document.createElement('iframe'); f.onload = () => done('loaded'); f.src = '{stolen}'; "
            f"document.body.append(f) }})"
        ),
    ]
    assert [tab.value(script) for script in tried] == ["TypeError", "TypeError", "TypeError", "error", "loaded"]
    rebound = callback.replace("127.0.0.1", "localhost") + f"?code=attackers&state={right_state}"
    tab.go(rebound)
    tab.shows("called by a name that is not its own")
    tab.go(f"{callback}?code=attackers&state=guessed")
    tab.shows("another sign-in")
    tab.go(answer)
    tab.shows("You can close this tab")
    assert ended(process)[0] == 0
