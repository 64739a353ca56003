"""``tokens`` marks what the present configuration does not use, and a token goes to no endpoint that was named after it came."""

import json

import pytest


@pytest.fixture
def edited(authwright, demo_servers, tmp_path):
    """Obtains the demo's token, and edits the configuration afterwards."""
    authwright("token", "orders")
    file = tmp_path / "authwright.yaml"

    def edit(old, new):
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return edit


def listed(authwright, *more):
    return json.loads(authwright("tokens", *more, "--json").stdout)


def test_a_token_in_use_is_said_to_be(authwright, edited):
    (row,) = listed(authwright)
    assert (row["configured"], row["why"], len(row["id"])) == (True, None, 8)
    assert "configuration" not in authwright("tokens").stdout


def test_rows_that_look_the_same_are_told_apart(authwright, edited):
    for before, scope in (("client_id: demo", "one"), ("scope: [one]", "two")):
        edited(before, before.replace("demo", f"demo\n    scope: [{scope}]").replace("one", scope))
        assert authwright("token", "orders").returncode == 0
    edited("scope: [two]", "scope: [three]")
    rows = [line.partition("not used: ")[2] for line in authwright("tokens").stdout.splitlines()[1:]]
    assert (len(rows), len({*rows})) == (3, 3)
    assert {row.partition(" (")[0] for row in rows} == {"other scope"}


def test_a_row_that_is_not_used_says_what_is_different(authwright, edited):
    edited("client_id: demo", "client_id: other")
    assert [(row["configured"], row["why"]) for row in listed(authwright)] == [(False, "other client_id")]
    header, row = authwright("tokens").stdout.splitlines()
    assert (header.split()[-1], row.endswith("not used: other client_id")) == ("configuration", True)


def test_a_renamed_credential_keeps_its_token_under_the_new_name(authwright, edited, demo_servers):
    before, asked = authwright("token", "orders").stdout, demo_servers.token_requests
    edited("orders", "renamed")
    assert [(row["name"], row["configured"]) for row in listed(authwright)] == [("renamed", True)]
    assert (authwright("token", "renamed").stdout, demo_servers.token_requests) == (before, asked)
    assert authwright("logout", "renamed", "--json").stdout == '{"forgotten": 1}\n'


def test_a_credential_that_is_gone_leaves_a_row_that_nothing_uses(authwright, edited, tmp_path):
    (tmp_path / "authwright.yaml").write_text("version: 1\nrules:\n  - {match: a.example.com, auth: none}\n")
    assert [(row["configured"], row["why"]) for row in listed(authwright)] == [(False, "no credential of that name has a token")]


def test_without_a_configuration_nothing_is_known(authwright, edited, tmp_path):
    (tmp_path / "authwright.yaml").unlink()
    assert [row["configured"] for row in listed(authwright)] == [None]
    assert authwright("tokens").stdout.splitlines()[1].endswith("unknown")


def test_no_command_is_run_to_find_out(authwright, edited, tmp_path):
    edited("client_id: demo", 'client_id: "${command:touch ran}"')
    assert [row["configured"] for row in listed(authwright)] == [None]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("words", "parameter"),
    [(("tokens", "--introspect"), "introspection_endpoint"), (("logout", "--all", "--revoke"), "revocation_endpoint")],
)
def test_an_endpoint_elsewhere_that_was_named_later_does_not_get_the_token(authwright, edited, words, parameter):
    edited("client_id: demo", f"client_id: demo\n    {parameter}: https://evil.example/take")
    done = authwright(*words)
    assert done.returncode == 4
    assert "before the configuration named https://evil.example as an endpoint" in done.stderr
    assert [row["configured"] for row in listed(authwright)] == [True]


def test_token_prints_none_for_a_host_that_is_new(authwright, edited, demo_servers):
    """This grant needs nobody: the new host gets a token of its own, and the store keeps that one."""
    asked = demo_servers.token_requests
    edited("rules:", "rules:\n  - {match: new.example.com, auth: orders}")
    assert authwright("token", "orders").returncode == 0
    assert demo_servers.token_requests == asked + 1


def test_explain_shows_the_token_for_its_hosts_alone(authwright, edited):
    edited("rules:", "rules:\n  - {match: new.example.com, auth: orders}")
    token = listed(authwright, "--reveal")[0]["access_token"]
    shown = {host: authwright("explain", "--reveal", f"https://{host}.example.com/").stdout for host in ("api", "new")}
    assert {host: token in text for host, text in shown.items()} == {"api": True, "new": False}
    assert "client_credentials from" in shown["new"]
