"""The verbs that look at things and send nothing."""

import json

import pytest


def test_init_writes_a_file_that_check_finds_fine_and_never_replaces_one(authwright, tmp_path):
    first = authwright("init")
    assert (first.returncode, first.stdout, first.stderr.splitlines()[-1]) == (
        0,
        "",
        "  next: edit authwright.yaml, then authwright check",
    )
    assert authwright("check").returncode == 0
    (tmp_path / "authwright.yaml").write_text("version: 1\n")
    second = authwright("init", env={"AUTHWRIGHT_CONFIG": ""})
    assert (second.returncode, second.stderr.splitlines()[0]) == (
        1,
        "authwright: authwright.yaml is there already and stays as it is.",
    )
    assert (tmp_path / "authwright.yaml").read_text() == "version: 1\n"
    assert authwright("init", "--force").returncode == 0
    assert (tmp_path / "authwright.yaml").read_text() != "version: 1\n"


def test_check_counts_what_is_there(authwright, configured):
    done = authwright("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout.splitlines()[-1] == "authwright.yaml can be used: 1 rule, 1 credential"
    )  # the token stands in it: a warning


def test_strict_takes_the_warning_for_an_error(authwright, configured):
    assert authwright("check", "--strict").returncode == 3


def test_check_shows_every_problem_with_its_place(authwright, tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("version: 1\ncredentails: {}\nrules:\n  - match: api.example.com\n    auth: nobody\n")
    done = authwright("check", "broken.yaml")
    assert (done.returncode, done.stderr) == (3, "")
    assert "broken.yaml:2:1: error[" in done.stdout
    assert "broken.yaml:5:11: error[" in done.stdout
    problems = json.loads(authwright("check", "broken.yaml", "--json").stdout)
    assert (problems["ok"], [(one["line"], one["severity"]) for one in problems["problems"]]) == (
        False,
        [(2, "error"), (5, "error")],
    )


def test_a_broken_file_is_shown_on_stderr_by_every_other_verb(authwright, tmp_path):
    (tmp_path / "authwright.yaml").write_text("version: 1\nrulse: []\n")
    done = authwright("explain", "https://a.example/")
    assert (done.returncode, done.stdout, "authwright.yaml:2:1: error[" in done.stderr) == (3, "", True)
    error = json.loads(authwright("explain", "--json", "https://a.example/").stdout)["error"]
    assert (error["code"], error["problems"][0]["line"]) == ("config_invalid", 2)


def test_explain_shows_the_rule_and_the_change_and_hides_the_secret(authwright, configured, api):
    done = authwright("explain", f"http://{api}/orders", "-H", "Authorization: mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nrule     api (authwright.yaml:5, type bearer, credential api)\n" in done.stdout
    assert "\nsends    - Authorization: <the client's own>\n         + Authorization: Bearer <hidden>\n" in done.stdout
    assert "t0ken-of-the-test" in authwright("explain", "--reveal", f"http://{api}/orders").stdout


def test_explain_says_when_no_rule_matches(authwright, configured):
    done = authwright("explain", "https://other.example/")
    assert (done.returncode, "\nrule     none matches: the request passes untouched\n" in done.stdout) == (0, True)


def test_a_request_that_would_be_refused_is_exit_code_1(authwright, configured, api):
    done = authwright("explain", f"http://{api}/", "-H", "Origin: https://evil.example", "--json")
    assert (done.returncode, json.loads(done.stdout)["refused"]["code"]) == (1, "cross_site")


def test_what_is_no_url_is_a_sentence(authwright, configured):
    done = authwright("explain", "orders")
    assert (done.returncode, done.stderr) == (
        1,
        "authwright: 'orders' is not an http or https URL\n  hint: Write it whole: https://host/path\n",
    )


@pytest.mark.parametrize("verb", ["token", "refresh"])
def test_a_name_that_is_none_is_told_with_what_may_have_been_meant(authwright, configured, verb):
    done = authwright(verb, "apo")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "authwright: There is no credential called 'apo'. Did you mean 'api'?",
    )


def test_a_credential_without_a_token_is_a_sentence(authwright, configured):
    done = authwright("token", "api")
    assert (done.returncode, done.stderr) == (1, "authwright: api is of type bearer, which has no token.\n")


def test_an_empty_store_is_said_and_not_made(authwright, tmp_path):
    done = authwright("tokens")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "No tokens are stored.\n")
    assert authwright("tokens", "--json").stdout == "[]\n"
    assert authwright("logout", "--all").stderr == "There was no such token.\n"
    assert not (tmp_path / "home").exists()
