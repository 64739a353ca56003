"""`explain` runs a request dry: nothing is sent, and secrets are hidden."""

import json


def test_explain_shows_the_rule_and_the_change_and_hides_the_secret(authwright, configured_folder, api):
    done = authwright("explain", f"http://{api}/orders", "-H", "Authorization: mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nrule     api (authwright.yaml:5, type bearer, credential api)\n" in done.stdout
    assert "\nsends    - Authorization: <the client's own>\n         + Authorization: Bearer <hidden>\n" in done.stdout
    assert "t0ken-of-the-test" in authwright("explain", "--reveal", f"http://{api}/orders").stdout


def test_explain_says_when_no_rule_matches(authwright, configured_folder):
    done = authwright("explain", "https://other.example/")
    assert (done.returncode, "\nrule     none matches: the request passes untouched\n" in done.stdout) == (0, True)


def test_a_request_that_would_be_refused_is_exit_code_1(authwright, configured_folder, api):
    done = authwright("explain", f"http://{api}/", "-H", "Origin: https://evil.example", "--json")
    assert (done.returncode, json.loads(done.stdout)["refused"]["code"]) == (1, "cross_site")


def test_what_is_no_url_is_a_sentence(authwright, configured_folder):
    done = authwright("explain", "orders")
    assert (done.returncode, done.stderr) == (
        1,
        "authwright: 'orders' is not an http or https URL\n  hint: Write it whole: https://host/path\n",
    )


def test_explain_uses_the_stored_token_and_hides_it(authwright, demo_servers):
    assert "needs    token: client_credentials from http://127.0.0.1:" in authwright("explain", "https://api.example.com/").stdout
    token = authwright("token", "orders").stdout.strip()
    assert "sends    + Authorization: Bearer <hidden>" in authwright("explain", "https://api.example.com/").stdout
    assert f"Bearer {token}" in authwright("explain", "--reveal", "https://api.example.com/").stdout
