"""``authwright ca renew``, and who speaks of a CA that ends."""

import json
import ssl
import sys
from datetime import timedelta

import pytest

from authwright.ambient import SystemAmbient
from authwright.proxy.server import ca, ca_certificate

NOW = SystemAmbient().now()
CHILD = (sys.executable, "-c", "")


@pytest.fixture
def aged(tmp_path):
    """Makes a CA that ends in so many days."""

    def make(days):
        home = tmp_path / "home"
        ca.renew(home, NOW - ca_certificate.LIFE + timedelta(days=days, hours=1))
        return home

    return make


def test_a_new_one_is_made_and_the_old_one_kept(authwright, tmp_path):
    first = authwright("ca", "renew")
    assert (first.returncode, first.stdout, "is the certificate of the new CA" in first.stderr) == (0, "", True)
    second = authwright("ca", "renew", "--json", "--only", "api.example.com")
    said = json.loads(second.stdout)
    assert (second.returncode, second.stderr, set(said)) == (0, "", {"certificate", "ends", "before"})
    assert said["before"].startswith(str(tmp_path / "home" / "ca.before-"))
    ssl.create_default_context(cafile=said["certificate"])


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("ca",), 2, "Missing argument 'renew'."),
        (("ca", "revoke"), 2, "There is no ca 'revoke'. The only one is: authwright ca renew"),
        (("ca", "renew", "--only", "no host"), 1, "'no host' is not a host"),
        (("ca", "renew", "--only", "http://a.example"), 1, "is not a host"),
    ],
)
def test_what_is_wrong_is_one_sentence(authwright, arguments, code, sentence):
    done = authwright(*arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("days", "sentence"), [(89, "in 89 days. Make a new one before: authwright ca renew"), (-1, "ended on ")]
)
@pytest.mark.parametrize("verb", [("check",), ("exec", "--", *CHILD)], ids=["check", "exec"])
def test_its_end_is_told_of(authwright, configured_folder, aged, verb, days, sentence):
    aged(days)
    lines = [line for line in authwright(*verb).stderr.splitlines() if sentence in line]
    assert len(lines) == 1
    assert lines[0].startswith("authwright: The proxy's CA end")


def test_run_tells_of_it_too(start_authwright, configured_folder, aged):
    aged(10)
    assert "in 10 days" in start_authwright("run", "--listen", "127.0.0.1:0").stderr.readline()


def test_a_check_for_programs_stays_one_object(authwright, configured_folder, aged):
    aged(10)
    done = authwright("check", "--json")
    assert json.loads(done.stdout)["ok"] is True
    assert "in 10 days" in done.stderr


@pytest.mark.parametrize(("days", "told"), [(10, False), (-1, True)])
def test_with_q_only_its_end_itself_is_told(authwright, configured_folder, aged, days, told):
    aged(days)
    assert ("The proxy's CA" in authwright("-q", "check").stderr) == told


def test_one_that_is_good_is_not_spoken_of(authwright, configured_folder, aged):
    aged(91)
    assert authwright("check").stderr == ""
