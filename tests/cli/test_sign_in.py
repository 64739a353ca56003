"""Signing in, where nobody is there to do it or nothing is to be done."""

import json

import pytest

_CONFIGURATION = """\
version: 1
environment: dev
environments: {dev: {}}
credentials:
  box:
    type: oauth2
    grant: authorization_code
    authorization_endpoint: https://as.example/authorize
    token_endpoint: https://as.example/token
    client_id: id
    client_auth: none
  machine:
    type: oauth2
    grant: client_credentials
    token_endpoint: https://as.example/token
    client_id: id
    client_secret: "${env:SECRET:-s3cret-of-the-test}"
  password: {type: basic, username: u, password: "${env:SECRET:-s3cret-of-the-test}"}
rules:
  - {match: a.example.com, auth: box}
  - {match: b.example.com, auth: machine}
  - {match: c.example.com, auth: password}
  - name: inline
    match: d.example.com
    auth: {extends: box, scope: other}
"""


@pytest.fixture
def configuration_file(tmp_path):
    (tmp_path / "authwright.yaml").write_text(_CONFIGURATION)


@pytest.mark.parametrize(
    ("arguments", "code", "says", "hint"),
    [
        (("--no-input", "login", "box"), 4, "--no-input says that nobody is there", "authwright --env dev login box"),
        (("--no-input", "login", "inline"), 4, "nobody is there", "authwright --env dev login inline"),
        (("login", "machine"), 1, "its grant is client_credentials", "authwright token machine"),
        (("login", "password"), 1, "is of type basic, which has no token", None),
        (("login", "bax"), 2, "Did you mean 'box'?", "there are: box, machine, password"),
        (("login", "box", "--device"), 1, "no device_authorization_endpoint", "Add device_authorization_endpoint or issuer"),
        (("token", "box"), 4, "Nobody has signed in yet.", "authwright --env dev login box"),
        (("refresh", "inline"), 4, "Nobody has signed in yet.", "authwright --env dev login inline"),
        (("run", "--interactive", "--workers", "2"), 2, "--interactive is for one process", "authwright run --help"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_type(authwright, configuration_file, arguments, code, says, hint):
    done = authwright(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert hint is None or f"hint: {hint}" in done.stderr


def test_for_a_program_the_same_is_an_object(authwright, configuration_file):
    done = authwright("--json", "--no-input", "login", "box")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"], error["hint"]) == (4, "login_required", "authwright --env dev login box")
