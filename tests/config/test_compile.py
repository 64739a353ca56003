"""What a configuration compiles to, and by golden cases what is said about one that is wrong."""

from pathlib import Path

import pytest

from authwright.config import inspect
from authwright.config.problems import render
from authwright.errors import ConfigError, Problem, SecretError
from authwright.message import Request
from authwright.rules.rule import Rule
from authwright.rules.ruleset import RuleSet

CASES = sorted((Path(__file__).parent / "golden" / "compile").glob("*.case"))
SEPARATOR = "\n----------\n"
TOKEN = "s3cr3t-token"
BEARER = 'auth: {type: bearer, token: "${env:API_TOKEN}"}'


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("API_TOKEN", TOKEN)
    monkeypatch.setenv("FLAG", "true")
    monkeypatch.delenv("UNSET", raising=False)


def sound(text: str, environment: str | None = None) -> RuleSet:
    """The rules of a document that has no errors."""
    rules, problems = inspect("version: 1\n" + text, environment)
    assert rules is not None, render(problems)
    return rules


def wrong(text: str, environment: str | None = None) -> list[Problem]:
    """The errors of a document that cannot be used."""
    rules, problems = inspect("version: 1\n" + text, environment)
    assert rules is None
    return [one for one in problems if one.severity == "error"]


def planned(rules: RuleSet, url: str, method: str = "GET") -> Rule | None:
    plan = rules.plan(Request.of(method, url))
    return plan.rule if plan else None


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_what_is_said_about_a_mistake_is_what_its_case_says(path: Path):
    document, expected = path.read_text("utf-8").split(SEPARATOR)

    assert render(inspect(document)[1]) == expected


def test_no_golden_case_shows_a_secret():
    shown = "".join(path.read_text("utf-8").split(SEPARATOR)[1] for path in CASES)

    assert [secret for secret in (TOKEN, "hunter2hunter2") if secret in shown] == []


def test_there_are_golden_cases_for_at_least_forty_mistakes():
    assert len(CASES) >= 40


def test_a_type_and_a_grant_that_are_missing_are_asked_for():
    errors = wrong("rules:\n  - {match: a.example.com, auth: {}}\n  - {match: b.example.com, auth: {type: oauth2}}\n")

    assert [(one.code, one.message) for one in errors] == [
        ("missing_key", "type is missing"),
        ("missing_key", "grant is missing"),
    ]


GROUP = """\
credentials:
  orders: {type: bearer, token: "${env:API_TOKEN}"}
  admin: {extends: orders, prefix: Admin}
rules:
  - name: orders
    match: {host: api.example.com}
    auth: orders
    allow_http: true
    rules:
      - match: {path: /health}
        auth: none
        rules:
          - {name: deep, match: {method: PUT}}
      - {name: admin, match: {path: /admin/**}, auth: admin, allow_http: false}
      - {name: inherits, match: {path: /inherits}, auth: inherit}
      - {name: silent, match: {path: /silent}}
"""


@pytest.mark.parametrize(
    ("url", "method", "name", "credential", "allow_http"),
    [
        ("https://api.example.com/other", "GET", "orders", "orders", True),
        ("https://api.example.com/health", "GET", "orders.rules[0]", None, True),
        ("https://api.example.com/health", "PUT", "deep", None, True),
        ("https://api.example.com/admin/users", "GET", "admin", "admin", False),
        ("https://api.example.com/inherits", "GET", "inherits", "orders", True),
        ("https://api.example.com/silent", "GET", "silent", "orders", True),
    ],
)
def test_a_child_matches_within_its_group_and_takes_over_what_it_does_not_say(
    url: str, method: str, name: str, credential: str | None, allow_http: bool
):
    rule = planned(sound(GROUP), url, method)

    assert rule is not None
    assert (rule.name, rule.credential.name if rule.credential else None, rule.options.allow_http) == (
        name,
        credential,
        allow_http,
    )


def test_no_child_matches_outside_its_group():
    assert planned(sound(GROUP), "https://web.example.com/admin/users") is None


def test_a_group_that_says_no_auth_applies_to_nothing_itself():
    rules = sound(f"rules:\n  - match: api.example.com\n    rules:\n      - match: {{path: /a}}\n        {BEARER}\n")

    assert planned(rules, "https://api.example.com/b") is None


def test_what_extends_a_credential_keeps_all_that_it_does_not_say_itself():
    scheme = sound(GROUP).credentials["admin"].scheme()

    assert (scheme.prefix, scheme.token.reveal()) == ("Admin", TOKEN)


def test_the_first_rule_that_matches_wins_from_top_to_bottom():
    rules = sound(
        "rules:\n  - {name: first, match: api.example.com/a, auth: none}\n  - {name: second, match: api.example.com, auth: none}\n"
    )

    assert [planned(rules, f"https://api.example.com/{path}").name for path in ("a", "b")] == ["first", "second"]


ENVIRONMENTS = """\
environment: dev
variables: {api: "api.${domain}", domain: dev.example.com, rest: "${a:-none}"}
environments:
  dev: {idp: https://idp.dev.example.com}
  prod: {domain: example.com, idp: https://idp.example.com}
rules:
  - {match: {host: "${api}"}, auth: {type: oauth2, grant: client_credentials, token_endpoint: "${idp}/token", client_id: x, client_secret: "${env:API_TOKEN}"}}
"""


@pytest.mark.parametrize(
    ("chosen", "active", "host", "endpoint"),
    [
        (None, "dev", "api.dev.example.com", "https://idp.dev.example.com/token"),
        ("dev", "dev", "api.dev.example.com", "https://idp.dev.example.com/token"),
        ("prod", "prod", "api.example.com", "https://idp.example.com/token"),
    ],
)
def test_the_active_environment_overrides_the_variables(chosen: str | None, active: str, host: str, endpoint: str):
    rules = sound(ENVIRONMENTS, chosen)
    rule = planned(rules, f"https://{host}/")

    assert rule is not None
    assert (rules.environment, rule.credential.scheme().grant.token_endpoint) == (active, endpoint)


def test_an_environment_that_there_is_not_is_an_error_with_a_suggestion():
    assert [(one.code, one.hint) for one in wrong(ENVIRONMENTS, "prd")][:1] == [("unknown_environment", "did you mean `prod`?")]


def test_grants_of_two_environments_have_different_keys():
    keys = {sound(ENVIRONMENTS, name).rules[0].credential.scheme().grant.key for name in ("dev", "prod")}

    assert len(keys) == 2


@pytest.mark.parametrize("host", ["api.example.com", "*.example.com"])
def test_a_credential_may_go_where_all_hosts_of_a_rule_are_its_own(host: str):
    rules = sound(
        f'rules:\n  - match: "{host}"\n    auth: {{type: bearer, hosts: ["**.example.com"], token: "${{env:API_TOKEN}}"}}\n'
    )

    assert len(rules.rules) == 1


@pytest.mark.parametrize("host", ["example.com", "evil-example.com", "**.com", "*.example.com.evil.com"])
def test_a_credential_may_not_go_where_any_host_of_a_rule_is_another(host: str):
    text = f'rules:\n  - match: "{host}"\n    auth: {{type: bearer, hosts: ["**.example.com"], token: "${{env:API_TOKEN}}"}}\n'

    assert [one.code for one in wrong(text)] == ["credential_host"]


def test_a_credential_is_ready_when_its_secrets_are_at_hand():
    assert [rule.credential.ready for rule in sound(f"rules:\n  - match: a.example.com\n    {BEARER}\n").rules] == [True]


def test_a_secret_that_is_not_set_is_a_warning_at_load_and_an_error_at_use():
    rules = sound('rules:\n  - match: a.example.com\n    auth: {type: bearer, token: "${env:UNSET}"}\n')

    with pytest.raises(SecretError, match="UNSET is not set"):
        rules.rules[0].credential.scheme()


def test_a_command_is_not_run_before_its_credential_is_used(tmp_path: Path):
    script = tmp_path / "token.sh"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\necho from-a-command\n", "utf-8")
    script.chmod(0o755)
    credential = (
        sound(f'rules:\n  - match: a.example.com\n    auth: {{type: bearer, token: "${{command:{script}}}"}}\n')
        .rules[0]
        .credential
    )

    before = (tmp_path / "ran").exists()
    token = credential.scheme().token.reveal()

    assert (before, token, (tmp_path / "ran").exists()) == (False, "from-a-command", True)


def test_what_a_command_yields_is_checked_when_it_is_used():
    text = (
        'rules:\n  - match: a.example.com\n    auth: {type: jwt, secret: "${env:API_TOKEN}", lifetime: "${command:echo soon}"}\n'
    )

    with pytest.raises(ConfigError, match="lifetime must be a duration"):
        sound(text).rules[0].credential.scheme()


def test_everything_that_came_from_a_source_is_redacted():
    text = 'rules:\n  - match: a.example.com\n    auth: {type: basic, username: "u-${env:API_TOKEN}", password: in-the-clear}\n'
    redactor = sound(text).rules[0].credential.redactor

    assert TOKEN not in redactor.redact(f"x{TOKEN}x")
    assert "in-the-clear" not in redactor.redact("xin-the-clearx")


def test_what_a_secret_contains_is_not_expanded_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("API_TOKEN", "${env:FLAG}$$")

    assert (
        sound(f"rules:\n  - match: a.example.com\n    {BEARER}\n").rules[0].credential.scheme().token.reveal() == "${env:FLAG}$$"
    )


def test_a_rule_says_in_which_line_it_stands():
    assert sound("rules:\n\n  - {match: a.example.com, auth: none}\n").rules[0].location == "<text>:4"
