"""Signing in with another device (RFC 8628) against a certified OpenID provider, the code entered as a person would."""

import re

import pytest
from tests.live.browsing import bare_session
from tests.live.process import until
from tests.live.sign_in_setup import SignInSetup, ended

pytestmark = pytest.mark.live


@pytest.fixture
def sign_in_setup(tmp_path, oidc, pki):
    return SignInSetup(tmp_path, oidc, pki)


def told(stream):
    """The page and the code that a started command shows; the QR code before them."""
    drawn, page = [], ""
    for line in stream:
        if match := re.search(r"Open (http\S+) on any device", line):
            page = match[1]
        elif page and line.strip():
            return page, line.strip(), drawn
        elif not page:
            drawn.append(line.rstrip("\n"))
    raise AssertionError("no code was shown")


class Person:
    """Enters a code at the provider's page, and answers what it asks."""

    def __init__(self, page):
        self.session, self.page = bare_session(), page

    def enter(self, code, answer="confirm"):
        """The last page after the code was entered and the question answered by *answer*: confirm or abort."""
        form = self.session.get(self.page, timeout=30)
        asked = self._submit(form, user_code=code)
        return self._submit(asked, **{answer: "yes"}, user_code=code)

    def _submit(self, page, **fields):
        token = re.search(r'name="xsrf" value="(\w+)"', page.text)[1]
        return self.session.post(self.page, data={"xsrf": token, **fields}, timeout=30)


def test_a_code_that_is_entered_gives_a_token_that_is_renewed_without_anybody(sign_in_setup):
    sign_in_setup.device()
    process = sign_in_setup.start("login", "api", "--no-browser")
    page, code, drawn = told(process.stderr)
    assert "Sign-in Success" in Person(page).enter(code).text
    assert ended(process)[0] == 0
    assert sum("█" in line for line in drawn) > 10
    assert sign_in_setup.run("refresh", "api").returncode == 0
    assert sign_in_setup.grants()[-2:] == [("device_code", 200), ("refresh_token", 200)]


def test_a_server_that_says_slow_down_is_asked_more_slowly(sign_in_setup):
    sign_in_setup.device("slow")
    process = sign_in_setup.start("login", "api", "--no-browser")
    page, code, _ = told(process.stderr)
    until(lambda: sign_in_setup.oidc.log()["token"], "the first poll", process)
    Person(page).enter(code)
    assert ended(process)[0] == 0
    assert [entry.get("error") for entry in sign_in_setup.oidc.log()["token"]] == ["slow_down", None]


def test_a_person_who_aborts_is_believed(sign_in_setup):
    sign_in_setup.device()
    process = sign_in_setup.start("login", "api", "--no-browser")
    page, code, _ = told(process.stderr)
    Person(page).enter(code, "abort")
    status, _, err = ended(process)
    assert (status, "access_denied" in err) == (1, True)


def test_without_an_endpoint_for_it_the_command_says_what_to_add(sign_in_setup):
    sign_in_setup.configure()
    done = sign_in_setup.run("login", "api", "--device")
    assert (done.returncode, done.stderr.count("device_authorization_endpoint")) == (1, 2)
