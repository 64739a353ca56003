"""`check` shows every problem at once and counts what is there."""

import json


def test_check_counts_what_is_there(authwright, configured_folder):
    done = authwright("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout.splitlines()[-1] == "authwright.yaml can be used: 1 rule, 1 credential"
    )  # the token stands in it: a warning


def test_strict_takes_the_warning_for_an_error(authwright, configured_folder):
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
