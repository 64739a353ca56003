"""Credentials are compiled once: by name, inline in a rule, and over another one that they extend."""

import pytest

from authwright.config import inspect

USED = "rules:\n  - {match: a.example, auth: one}\n"


def compiled(credentials, rules=USED):
    found, problems = inspect(f"version: 1\ncredentials:\n{credentials}{rules}")
    return found, [(one.code, one.line) for one in problems]


@pytest.fixture(autouse=True)
def token(monkeypatch):
    monkeypatch.setenv("TOKEN", "t0ken")


def test_two_rules_share_the_one_credential_that_they_name():
    rules, problems = compiled("  one: {type: bearer, token: '${env:TOKEN}'}\n", USED + "  - {match: b.example, auth: one}\n")
    first, second = rules.rules
    assert (first.credential is second.credential, problems) == (True, [])


def test_a_credential_says_only_what_differs_from_the_one_that_it_extends():
    rules, problems = compiled(
        "  base: {type: bearer, token: '${env:TOKEN}', prefix: Base, hosts: [a.example]}\n  one: {extends: base, prefix: One}\n"
    )
    credential = rules.credentials["one"]
    scheme = credential.scheme()
    assert (scheme.prefix, scheme.token.reveal(), [str(host) for host in credential.hosts]) == ("One", "t0ken", ["a.example"])
    assert problems == []


@pytest.mark.parametrize(
    ("credentials", "problem"),
    [
        ("  one: text\n", ("wrong_type", 3)),
        ("  one: {token: a}\n", ("missing_key", 3)),
        ("  one: {type: bearr, token: '${env:TOKEN}'}\n", ("unknown_type", 3)),
        ("  one: {extends: two}\n", ("unknown_credential", 3)),
        ("  one: {extends: two}\n  two: {extends: one}\n", ("extends_cycle", 4)),
        ("  none: {type: bearer, token: '${env:TOKEN}'}\n  one: {type: bearer, token: '${env:TOKEN}'}\n", ("reserved_name", 3)),
        (
            "  one: {type: bearer, token: '${env:TOKEN}'}\n  two: {type: bearer, token: '${env:TOKEN}'}\n",
            ("unused_credential", 4),
        ),
    ],
)
def test_a_mistake_is_noted_in_its_line(credentials, problem):
    assert problem in compiled(credentials)[1]


def test_a_name_that_no_credential_has_is_noted_at_the_rule():
    assert ("unknown_credential", 5) in compiled("  two: {type: bearer, token: '${env:TOKEN}'}\n")[1]


def test_credentials_that_take_each_others_tokens_are_refused():
    exchange = "{{type: oauth2, grant: token_exchange, token_endpoint: 'https://i.example/t', client_id: c, client_auth: none, source_credential: {}}}"
    codes = [code for code, _ in compiled(f"  one: {exchange.format('two')}\n  two: {exchange.format('one')}\n")[1]]
    assert "source_cycle" in codes
