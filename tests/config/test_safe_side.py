"""Whatever is wrong in a configuration, nothing falls open and no secret is shown."""

import pytest

from authwright.config import inspect
from authwright.config.problems import render

CYCLE = "version: 1\nvariables: {a: '${b}', b: '${a}'}\n"
B = "{type: bearer, token: '${env:API_TOKEN}'}"


@pytest.fixture(autouse=True)
def _env(monkeypatch):
    monkeypatch.setenv("API_TOKEN", "s3cr3t-token")
    monkeypatch.setenv("FLAG", "true")


def codes(text):
    rules, problems = inspect(text)
    return rules is None, {p.code for p in problems if p.severity == "error"}


@pytest.mark.parametrize(
    "rest",
    [
        f"rules:\n  - {{match: {{host: api.example.com, path: '${{a}}'}}, auth: {B}}}\n",  # injects on EVERY path
        "rules:\n  - {match: api.example.com, auth: {type: bearer, token: '${a}'}}\n",  # sent bare
        "credentials: {c: {type: bearer, token: '${a}'}}\nrules:\n  - {match: api.example.com, auth: c}\n",  # sent bare
        "rules:\n  - {match: api.example.com, auth: '${a}'}\n",  # sent bare
        "settings: {password: '${a}'}\nrules: []\n",  # proxy without its password
        "credentials: {c: {type: bearer, token: '${env:API_TOKEN}', hosts: ['${a}']}}\nrules:\n  - {match: evil.example.org, auth: c}\n",  # hosts unlimited
        "rules:\n  - {match: api.example.com, auth: none, on_existing: '${a}'}\n",  # option dropped
    ],
    ids=["path", "token", "named-token", "auth", "password", "hosts", "option"],
)
def test_a_variable_cycle_is_an_error_wherever_it_is_used(rest):
    assert codes(CYCLE + rest) == (True, {"variable_cycle"})


def test_hosts_that_are_an_empty_list_do_not_mean_everywhere():
    assert codes(
        "version: 1\ncredentials: {c: {type: bearer, token: '${env:API_TOKEN}', hosts: []}}\nrules:\n  - {match: x.example.com, auth: c}\n"
    )[0]


@pytest.mark.parametrize("key", ["path", "method", "port", "scheme", "host"])
def test_a_condition_that_is_an_empty_list_is_not_left_out(key):
    assert codes(
        f"version: 1\nrules:\n  - match: x.example.com\n    auth: {B}\n    rules:\n      - {{match: {{{key}: []}}, auth: none}}\n"
    )[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("misspelt key", "rules:\n  - {match: x.example.com, auth: {type: bearer, tokn: hunter2hunter2}}\n"),
        (
            "variable",
            "variables: {pw: hunter2hunter2, x: '${nope}'}\nrules:\n  - {match: x.example.com, auth: {type: bearer, token: '${pw}'}}\n",
        ),
        ("source in a host", "rules:\n  - {match: 'https://${env:API_TOKEN}!!/x', auth: none}\n"),
        (
            "source in hosts",
            "rules:\n  - {match: x.example.com, auth: {type: bearer, token: x, hosts: ['${env:API_TOKEN}!!']}}\n",
        ),
        ("source in a setting", "settings: {max_signed_body: '${env:API_TOKEN}'}\nrules: []\n"),
        ("source in an option", "rules:\n  - {match: x.example.com, auth: none, on_existing: '${env:API_TOKEN}'}\n"),
        ("source in a type", "rules:\n  - {match: x.example.com, auth: {type: '${env:API_TOKEN}'}}\n"),
    ],
)
def test_no_problem_shows_a_secret(name, text):
    shown = render(inspect("version: 1\n" + text)[1])
    assert "hunter2" not in shown
    assert "s3cr3t" not in shown, shown


def test_type_none_of_the_contract_is_known():
    assert not codes(
        "version: 1\ncredentials: {open: {type: none}}\nrules:\n  - {match: x.example.com, auth: open}\n  - {match: y.example.com, auth: {type: none}}\n"
    )[0]


def test_two_rules_of_one_name_are_an_error():
    assert codes(
        "version: 1\nrules:\n  - {name: a, match: x.example.com, auth: none}\n  - {name: a, match: y.example.com, auth: none}\n"
    )[0]


def test_every_condition_that_is_wrong_is_told():
    problems = inspect("version: 1\nrules:\n  - {match: {host: ['a b'], port: x, path: foo}, auth: none}\n")[1]
    assert len(problems) == 3


def test_the_children_of_a_broken_group_are_checked_too():
    problems = inspect(
        "version: 1\nrules:\n  - match: {host: 'a b'}\n    auth: none\n    rules:\n      - {match: {path: a}, auth: nope}\n"
    )[1]
    assert len(problems) == 3


def test_a_path_of_a_client_key_is_no_secret_in_the_clear():
    assert (
        inspect("version: 1\nrules:\n  - {match: x.example.com, auth: none, client_certificate: c.pem, client_key: c.key}\n")[1]
        == ()
    )


def test_a_child_may_name_a_wide_host_within_a_narrow_group():
    assert not codes(
        "version: 1\ncredentials: {c: {type: bearer, token: '${env:API_TOKEN}', hosts: [api.example.com]}}\nrules:\n  - match: api.example.com\n    auth: c\n    rules:\n      - {match: {host: '**.example.com', path: /x}}\n"
    )[0]


def test_what_extends_a_credential_does_not_leave_its_hosts():
    assert codes(
        "version: 1\ncredentials: {c: {type: bearer, token: '${env:API_TOKEN}', hosts: [a.example.com]}}\nrules:\n  - {match: evil.example.org, auth: {extends: c, hosts: [evil.example.org]}}\n"
    )[0]


def test_a_flag_from_the_environment_is_not_hidden_everywhere():
    rules, _ = inspect(
        "version: 1\nrules:\n  - match: x.example.com\n    auth: {type: oauth2, grant: client_credentials, token_endpoint: https://i.example.com/t, client_id: a, client_secret: '${env:API_TOKEN}', refresh: '${env:FLAG}'}\n"
    )
    assert rules.rules[0].credential.redactor.redact('{"active": true}') == '{"active": true}'


def test_extends_takes_a_variable():
    assert not codes(
        "version: 1\nvariables: {n: c}\ncredentials: {c: {type: bearer, token: '${env:API_TOKEN}'}}\nrules:\n  - {match: x.example.com, auth: {extends: '${n}'}}\n"
    )[0]


def test_a_broken_file_that_is_only_touched_is_not_told_again(tmp_path):
    import os

    from authwright.config.reload import Watch

    file = tmp_path / "authwright.yaml"
    file.write_text("version: 1\nrules: []\n")
    watch = Watch(file)
    file.write_text("version: 1\nrules: [")
    assert watch.refresh()
    os.utime(file, ns=(1, 1))
    assert watch.refresh() is None


def test_a_change_while_the_file_is_read_for_the_first_time_is_noticed(tmp_path, monkeypatch):
    """_follow() stamps AFTER loading whenever the set of files changed: what was written in between is never seen."""
    from authwright.config import reload

    (tmp_path / "t").write_text("old")
    (tmp_path / "t").chmod(0o600)
    file = tmp_path / "authwright.yaml"
    file.write_text("version: 1\nrules:\n  - {match: x.example.com, auth: {type: bearer, token: '${file:t}'}}\n")
    real = reload.load

    def slow(*a, **more):
        found = real(*a, **more)
        (tmp_path / "t").write_text("newer")
        file.write_text("version: 1\nrules: []\n")
        return found

    monkeypatch.setattr(reload, "load", slow)
    watch = reload.Watch(file)
    monkeypatch.undo()
    assert watch.changed()


def test_an_overlay_that_is_no_file_is_not_passed_over(tmp_path):
    file = tmp_path / "authwright.yaml"
    file.write_text("version: 1\nrules: []\n")
    (tmp_path / "authwright.local.yaml").mkdir()
    assert inspect(file)[0] is None
